//! The BFT engine stays behind two crates and the simulator, at one exact version (docs/adr/0002).

use super::{Violation, metadata::Package, repo::Repo};
use toml::{Table, Value};

const RULE: &str = "engine";
const PREFIX: &str = "commonware-";
const MAY_USE: [&str; 3] = ["epione-store", "epione-consensus", "epione-sim"];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let mut violations: Vec<Violation> =
        repo.metadata.members().flat_map(|package| check_package(repo, package)).collect();
    violations.extend(check_pins(repo));
    violations
}

fn check_package(repo: &Repo, package: &Package) -> Vec<Violation> {
    let manifest = package.manifest();
    let engine = package.dependencies.iter().filter(|dependency| dependency.name.starts_with(PREFIX));
    engine
        .filter_map(|used| {
            let what = if !MAY_USE.contains(&package.name.as_str()) {
                format!("use `epione-store` or `epione-consensus`: only they may depend on `{}`", used.name)
            } else if !used.req.starts_with('=') {
                format!("write `{}.workspace = true`, so that its version is the exact one", used.name)
            } else {
                return None;
            };
            Some(Violation::new(RULE, (&manifest, repo.line_of(&manifest, &used.name)), what))
        })
        .collect()
}

/// The requirements that all crates share are exact.
fn check_pins(repo: &Repo) -> Vec<Violation> {
    let manifest = "Cargo.toml";
    let root: Table = repo.text(manifest).and_then(|text| text.parse().ok()).unwrap_or_default();
    let shared = root.get("workspace").and_then(|workspace| workspace.get("dependencies")).and_then(Value::as_table);
    let engine = shared.into_iter().flatten().filter(|(name, _)| name.starts_with(PREFIX));
    let loose = engine.filter(|(_, requirement)| !is_exact(requirement));
    loose
        .map(|(name, _)| {
            let what = format!("pin `{name}` exactly: `\"=<version>\"`");
            Violation::new(RULE, (manifest, repo.line_of(manifest, name)), what)
        })
        .collect()
}

fn is_exact(requirement: &Value) -> bool {
    let version = requirement.get("version").unwrap_or(requirement);
    version.as_str().is_some_and(|version| version.starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            metadata::{
                Dependency,
                fixture::{dependency, member, workspace},
            },
            repo::fixture,
        },
        *,
    };

    #[test]
    fn finds_who_may_not_use_the_engine() {
        let exact = Dependency { req: "=1.0.0".to_owned(), ..dependency("commonware-codec") };
        let store = member("store", vec![exact.clone()]);
        let gateway = member("gateway", vec![exact]);
        let repo = Repo { metadata: workspace(vec![store, gateway]), ..Repo::default() };
        let report = check(&repo);
        assert_eq!(report.len(), 1);
        assert!(report[0].to_string().starts_with("crates/gateway/Cargo.toml:1: engine: use `epione-store`"));
    }

    #[test]
    fn finds_a_loose_requirement_of_a_crate() {
        let store = member("store", vec![dependency("commonware-codec")]);
        let repo = Repo { metadata: workspace(vec![store]), ..Repo::default() };
        assert!(check(&repo)[0].to_string().contains("commonware-codec.workspace = true"));
    }

    #[test]
    fn finds_a_loose_requirement_of_the_workspace() {
        let manifest = "\
[workspace.dependencies]
commonware-a = \"=1.2.3\"
commonware-b = \"1.2.3\"
commonware-c = { version = \"=1.2.3\" }
commonware-d = { version = \"1\" }
serde = \"1\"
";
        let report = check(&fixture::files(&[("Cargo.toml", manifest)]));
        let lines: Vec<usize> = report.iter().map(|violation| violation.line).collect();
        assert_eq!(lines, [3, 5]);
    }
}
