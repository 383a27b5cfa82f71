//! What the rules need of `cargo metadata`.

use serde::Deserialize;

/// The packages of the workspace and everything they depend on, for every platform.
#[derive(Default, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    /// The `id` of each package of the workspace.
    pub(super) workspace_members: Vec<String>,
}

/// One package.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    /// SPDX expression.
    pub(super) license: Option<String>,
    /// Absolute path of its `Cargo.toml`.
    pub(super) manifest_path: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// One direct requirement of a package, as its manifest states it.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Version requirement, such as `^1.2` or `=1.2.3`.
    pub(super) req: String,
    /// Nothing for a normal dependency.
    pub(super) kind: Option<Kind>,
}

/// For what a dependency is used other than the program itself.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Dev,
    Build,
}

impl Metadata {
    /// The packages of the workspace.
    pub(super) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

impl Package {
    /// The name of the folder that holds the package.
    pub(super) fn folder(&self) -> &str {
        self.manifest_path.rsplit('/').nth(1).unwrap_or_default()
    }

    /// The manifest of a package of the workspace, relative to the top of the checkout.
    pub(super) fn manifest(&self) -> String {
        format!("crates/{}/Cargo.toml", self.folder())
    }
}

#[cfg(test)]
pub(super) mod fixture {
    use super::{Dependency, Metadata, Package};

    /// A member of a workspace: the package `epione-<folder>` in `crates/<folder>`.
    pub(in crate::tidy) fn member(folder: &str, dependencies: Vec<Dependency>) -> Package {
        Package {
            id: folder.to_owned(),
            name: format!("epione-{folder}"),
            manifest_path: format!("/checkout/crates/{folder}/Cargo.toml"),
            dependencies,
            ..Package::default()
        }
    }

    /// A normal dependency on `name`.
    pub(in crate::tidy) fn dependency(name: &str) -> Dependency {
        Dependency { name: name.to_owned(), req: "^1".to_owned(), kind: None }
    }

    /// A workspace whose packages are all members.
    pub(in crate::tidy) fn workspace(packages: Vec<Package>) -> Metadata {
        let workspace_members = packages.iter().map(|package| package.id.clone()).collect();
        Metadata { packages, workspace_members }
    }
}
