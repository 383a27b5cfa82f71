//! Everything we build with is under a license that our users can accept.

use super::{Violation, metadata::Package, repo::Repo, spdx};

const RULE: &str = "licenses";

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages whose manifest names no license, each with the reason why they are allowed.
const EXCEPTIONS: &[(&str, &str)] = &[];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let packages = repo.metadata.packages.iter();
    packages
        .filter_map(|package| Some((package, objection(package, EXCEPTIONS)?)))
        .map(|(package, what)| {
            let entry = format!("name = \"{}\"", package.name);
            let what = format!("`{} {}` {what}", package.name, package.version);
            Violation::new(RULE, ("Cargo.lock", repo.line_of("Cargo.lock", &entry)), what)
        })
        .collect()
}

/// What is wrong with the license of `package`, and what to do.
fn objection(package: &Package, exceptions: &[(&str, &str)]) -> Option<String> {
    let Some(license) = &package.license else {
        let is_excepted = exceptions.iter().any(|(name, _)| *name == package.name);
        return (!is_excepted).then(|| "names no license: replace it, or list it in `EXCEPTIONS`".to_owned());
    };
    match spdx::is_satisfied(license, |license| ALLOWED.contains(&license)) {
        Ok(true) => None,
        Ok(false) => Some(format!("is under `{license}`, which is not allowed: replace it")),
        Err(error) => Some(format!("has a license that cannot be read ({error}): replace it")),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::metadata::fixture::workspace, *};

    fn package(name: &str, license: Option<&str>) -> Package {
        let (name, license) = (name.to_owned(), license.map(str::to_owned));
        Package { name, license, version: "1.0.0".to_owned(), ..Package::default() }
    }

    #[test]
    fn finds_a_license_that_is_not_allowed() {
        let packages = vec![package("free", Some("MIT OR GPL-3.0")), package("viral", Some("MIT AND GPL-3.0"))];
        let mut repo = Repo { metadata: workspace(packages), ..Repo::default() };
        repo.files.insert("Cargo.lock".to_owned(), "[[package]]\nname = \"viral\"\n".to_owned());
        let expected =
            "Cargo.lock:2: licenses: `viral 1.0.0` is under `MIT AND GPL-3.0`, which is not allowed: replace it";
        assert_eq!(check(&repo).iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn finds_a_package_without_license() {
        let package = package("silent", None);
        assert!(objection(&package, &[]).is_some_and(|what| what.contains("names no license")));
        assert_eq!(objection(&package, &[("silent", "our own, from before")]), None);
    }

    #[test]
    fn finds_a_license_that_cannot_be_read() {
        assert!(objection(&package("odd", Some("MIT OR")), &[]).is_some_and(|what| what.contains("cannot be read")));
    }
}
