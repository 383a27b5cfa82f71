//! `epione doctor`: looks for what keeps a node from working, and says what to do about it.

mod certificates;
mod checks;
mod links;
mod peers;

#[cfg(test)]
mod tests;

use crate::{config::Config, genesis::GenesisFile};
use anyhow::Result;
use epione_cli::{Failure, Format, Modules, Output, client::Client};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

/// How well something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// As it should be.
    Good,
    /// Worth knowing; the node works.
    Warning,
    /// The node does not work, or not for long.
    Problem,
}

/// What was found out about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    /// What was looked at.
    about: String,
    verdict: Verdict,
    /// What was found.
    found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn good(about: impl Into<String>, found: impl Into<String>) -> Self {
        Self { about: about.into(), verdict: Verdict::Good, found: found.into(), advice: None }
    }

    fn bad(verdict: Verdict, about: impl Into<String>, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about: about.into(), verdict, found: found.into(), advice: Some(advice.into()) }
    }

    fn problem(about: impl Into<String>, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::bad(Verdict::Problem, about, found, advice)
    }

    fn warning(about: impl Into<String>, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::bad(Verdict::Warning, about, found, advice)
    }
}

/// What is looked at.
#[derive(Debug)]
pub(crate) struct DoctorOptions {
    /// The configuration of the node.
    pub(crate) config: PathBuf,
    /// The node itself, if it is not asked where it listens.
    pub(crate) node: Option<Client>,
}

/// Looks at a node.
///
/// # Errors
/// If something is a problem.
pub(crate) async fn run(modules: Modules, options: &DoctorOptions, out: &mut Output) -> Result<()> {
    let findings = examine(modules, options).await;
    let problems = findings.iter().filter(|finding| finding.verdict == Verdict::Problem).count();
    match out.format() {
        Format::Json => out.result(&json!({ "ok": problems == 0, "findings": findings }))?,
        Format::Human => {
            for finding in &findings {
                let mark = match finding.verdict {
                    Verdict::Good => "ok      ",
                    Verdict::Warning => "warning ",
                    Verdict::Problem => "PROBLEM ",
                };
                out.progress(format_args!("{mark} {}: {}", finding.about, finding.found))?;
                if let Some(advice) = &finding.advice {
                    out.progress(format_args!("         → {advice}"))?;
                }
            }
        }
    }
    match problems {
        0 => Ok(()),
        1 => Err(Failure::Refused("there is a problem".to_owned()).into()),
        many => Err(Failure::Refused(format!("there are {many} problems")).into()),
    }
}

/// Everything that can be found out; what needs something that is itself broken is left out.
async fn examine(modules: Modules, options: &DoctorOptions) -> Vec<Finding> {
    let path = &options.config;
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => {
            let advice = "compare it with `epione config example`";
            return vec![Finding::problem("configuration", format!("{error:#}"), advice)];
        }
    };
    let mut findings = vec![Finding::good("configuration", path.display().to_string())];
    findings.extend(checks::permissions(&config, path));
    findings.extend(certificates::clients(&config));
    findings.extend(certificates::readers(&config));
    findings.push(checks::data_dir(&config));
    findings.extend(checks::disk(&config));
    match GenesisFile::load(modules, &config.genesis) {
        Err(error) => {
            let advice = "get the genesis file again from another member, and compare the chain it shows";
            findings.push(Finding::problem("genesis", format!("{error:#}"), advice));
        }
        Ok(checked) => {
            let chain = checked.file.chain;
            findings.push(Finding::good("genesis", format!("{} founds {chain}", config.genesis.display())));
            findings.push(checks::vote_key(&config, &checked));
            findings.extend(certificates::links(&config));
            let node = options.node.clone().or_else(|| on_this_machine(&config));
            findings.extend(peers::examine(&config, &checked, node.as_ref()).await);
            findings.extend(links::examine(&config, &checked, node.as_ref()).await);
        }
    }
    findings
}

/// The node where it listens; none if it shows a certificate, which is for a name that only the operator knows.
fn on_this_machine(config: &Config) -> Option<Client> {
    let url = format!("http://{}", config.http.listen);
    config.http.tls.is_none().then(|| Client::new(&url).ok()).flatten()
}
