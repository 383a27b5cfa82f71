//! What holds only on one machine stays out: absolute paths, and the hosts of package registries.

use super::{Violation, repo::Repo};

const RULE: &str = "words";

/// Beginnings of absolute paths; split, here and below, so that this file does not contain them.
const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/fa", "rm/")];

/// Hosts that only a lock file may name.
const REGISTRY_HOSTS: [&str; 6] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("python", "hosted.org"),
    concat!("deb.", "debian.org"),
    concat!("proxy.", "golang.org"),
];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let files = repo.under("").filter(|(path, _)| *path != "Cargo.lock");
    files.flat_map(|(path, text)| check_file(path, text)).collect()
}

fn check_file(path: &str, text: &str) -> Vec<Violation> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(index, line)| Some((index + 1, banned(line)?)));
    found.map(|(line, what)| Violation::new(RULE, (path, line), what)).collect()
}

fn banned(line: &str) -> Option<String> {
    if let Some(host) = REGISTRY_HOSTS.into_iter().find(|host| line.contains(host)) {
        return Some(format!("leave the registry `{host}` to the configuration of the machine"));
    }
    let path =
        MACHINE_PATHS.into_iter().find(|path| line.match_indices(path).any(|(start, _)| is_top(&line[..start])))?;
    Some(format!("write a relative path instead of `{path}…`"))
}

/// Whether a path that follows `before` begins at the top of the machine.
fn is_top(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || "_.-~})*".contains(c))
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};

    #[test]
    fn finds_machine_paths() {
        for path in MACHINE_PATHS {
            let report = check(&fixture::files(&[("a.md", &format!("\nsee {path}notes\n"))]));
            let expected = format!("a.md:2: words: write a relative path instead of `{path}…`");
            assert_eq!(report.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
            assert_eq!(banned(&format!("see docs{path}notes and $HOME{path} and ${{top}}{path}")), None);
        }
    }

    #[test]
    fn finds_registry_hosts_outside_the_lock_file() {
        for host in REGISTRY_HOSTS {
            let line = format!("registry = \"https://{host}/\"\n");
            let report = check(&fixture::files(&[("a.toml", &line), ("Cargo.lock", &line)]));
            let [found] = report.as_slice() else { panic!("one violation, not {report:?}") };
            assert!(found.to_string().starts_with("a.toml:1: words: leave the registry"), "{found}");
        }
    }
}
