//! Which of our crates may depend on which: a crate never names what lies further along the way of the data.

use super::{
    Violation,
    metadata::{Kind, Package},
    repo::Repo,
};

const RULE: &str = "layers";

/// Per folder under `crates`, the folders whose crates it may use. Tests may use more.
const LAYERS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("verify", &["types"]),
    ("kernel", &["types"]),
    ("modules", &["types", "kernel"]),
    ("exec", &["types", "kernel"]),
    ("store", &["types", "kernel"]),
    ("consensus", &["types", "verify", "kernel", "exec", "store"]),
    ("peer", &["types"]),
    ("vault", &["types"]),
    ("exchange", &["types", "kernel", "modules", "vault"]),
    ("projection", &["types", "kernel"]),
    ("gateway", &["types", "kernel", "modules"]),
    ("cli", &["types", "verify", "kernel", "modules", "peer"]),
    (
        "node",
        &["types", "verify", "kernel", "modules", "exec", "store", "consensus", "peer", "projection", "gateway", "cli"],
    ),
    ("sim", &["types", "kernel", "modules", "exec", "store", "consensus"]),
    ("xtask", &["types", "kernel", "modules", "gateway"]),
];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    repo.metadata.members().flat_map(|package| check_package(repo, package)).collect()
}

fn check_package(repo: &Repo, package: &Package) -> Vec<Violation> {
    let (name, manifest) = (package.name.as_str(), package.manifest());
    let folder = package.folder();
    if name.strip_prefix("epione-") != Some(folder) {
        let what = format!("name the package of this folder `epione-{folder}`, not `{name}`");
        return vec![Violation::new(RULE, (&manifest, repo.line_of(&manifest, "name")), what)];
    }
    let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == folder) else {
        let what = format!("add `{folder}` to the table of layers of tidy (a new crate needs an ADR)");
        return vec![Violation::new(RULE, (&manifest, 1), what)];
    };
    let used = package.dependencies.iter().filter(|dependency| dependency.kind != Some(Kind::Dev));
    let ours = used.filter(|used| repo.metadata.members().any(|member| member.name == used.name));
    let wrong = ours.filter(|used| !allowed.iter().any(|layer| used.name == format!("epione-{layer}")));
    wrong
        .map(|used| {
            let what = format!("`{name}` may not depend on `{}`", used.name);
            Violation::new(RULE, (&manifest, repo.line_of(&manifest, &used.name)), what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::metadata::{
            Dependency,
            fixture::{dependency, member, workspace},
        },
        *,
    };

    fn report(packages: Vec<Package>) -> Vec<String> {
        let mut repo = Repo { metadata: workspace(packages), ..Repo::default() };
        repo.files.insert("crates/types/Cargo.toml".to_owned(), "[dependencies]\nepione-exec = 1\n".to_owned());
        check(&repo).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_a_wrong_direction() {
        let types = member("types", vec![dependency("epione-exec"), dependency("serde")]);
        let exec = member("exec", vec![dependency("epione-types")]);
        let expected = "crates/types/Cargo.toml:2: layers: `epione-types` may not depend on `epione-exec`";
        assert_eq!(report(vec![types, exec]), [expected]);
    }

    #[test]
    fn leaves_tests_free_but_not_build_scripts() {
        let of_kind = |kind| Dependency { kind: Some(kind), ..dependency("epione-modules") };
        let modules = member("modules", vec![]);
        assert!(report(vec![member("exec", vec![of_kind(Kind::Dev)]), modules.clone()]).is_empty());
        assert_eq!(report(vec![member("exec", vec![of_kind(Kind::Build)]), modules]).len(), 1);
    }

    #[test]
    fn finds_an_unknown_crate_and_a_wrong_name() {
        let misnamed = Package { name: "kernel".to_owned(), ..member("kernel", vec![]) };
        let report = report(vec![member("vault2", vec![]), misnamed]);
        assert!(report[0].starts_with("crates/vault2/Cargo.toml:1: layers: add `vault2`"), "{report:?}");
        assert!(report[1].contains("`epione-kernel`, not `kernel`"), "{report:?}");
    }
}
