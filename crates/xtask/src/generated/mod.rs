//! The files of the tree that a program writes: one list, written by `cargo xtask docs` and read by the check that they
//! are fresh.

mod fields;
mod page;

use anyhow::{Context as _, Result};
use epione_modules::ALL;
use std::{fs, path::Path};

/// The folder of the pages about modules; nothing else stands in it.
pub(crate) const PAGES: &str = "docs/modules/";
/// The description of the interface.
const OPENAPI: &str = "docs/openapi.json";

/// A file whose content is computed from the code.
pub(crate) struct Generated {
    /// Where the file stands, relative to the top of the checkout.
    pub(crate) path: String,
    /// What the file must contain.
    pub(crate) content: String,
}

/// Every generated file.
///
/// # Errors
/// If the interface cannot be written as JSON.
pub(crate) fn all() -> Result<Vec<Generated>> {
    let surfaces: Vec<_> = ALL.iter().map(|module| module.surface()).collect();
    let pages = surfaces.iter().map(|surface| Generated {
        path: format!("{PAGES}{}.md", surface.name),
        content: page::of_module(surface, &surfaces),
    });
    let mut files: Vec<Generated> = pages.collect();
    files.push(Generated { path: format!("{PAGES}README.md"), content: page::of_all(&surfaces) });
    let openapi = serde_json::to_string_pretty(&epione_gateway::openapi_document(ALL))?;
    files.push(Generated { path: OPENAPI.to_owned(), content: openapi + "\n" });
    Ok(files)
}

/// Writes the generated files of the checkout at `root` that differ from what they should be; their paths.
///
/// # Errors
/// If a file cannot be written.
pub fn write(root: &Path) -> Result<Vec<String>> {
    let mut written = Vec::new();
    for file in all()? {
        let path = root.join(&file.path);
        if fs::read_to_string(&path).is_ok_and(|found| found == file.content) {
            continue;
        }
        let at = || format!("writing `{}`", file.path);
        fs::create_dir_all(path.parent().unwrap_or(root)).with_context(at)?;
        fs::write(&path, &file.content).with_context(at)?;
        written.push(file.path);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_written() {
        let top = tempfile::tempdir().unwrap();
        let count = all().unwrap().len();
        assert_eq!(write(top.path()).unwrap().len(), count);
        assert_eq!(write(top.path()).unwrap(), [""; 0]);
        fs::write(top.path().join("docs/modules/notary.md"), "old").unwrap();
        assert_eq!(write(top.path()).unwrap(), ["docs/modules/notary.md"]);
    }

    #[test]
    fn the_description_of_the_interface_is_that_of_the_gateway() {
        let files = all().unwrap();
        let file = files.iter().find(|file| file.path == OPENAPI).unwrap();
        let found: serde_json::Value = serde_json::from_str(&file.content).unwrap();
        assert_eq!(found, epione_gateway::openapi_document(ALL));
    }
}
