//! The commented configuration, and the same with values filled in.

use anyhow::{Result, ensure};

/// The commented configuration with every key.
pub(crate) const EXAMPLE: &str = include_str!("example.toml");

/// The commented configuration with other values: `("consensus.listen", "\"127.0.0.1:7401\"")`, each as TOML. A key that
/// is commented out in the example is put in force.
///
/// # Errors
/// If the example has no such key.
pub(crate) fn filled(values: &[(&str, String)]) -> Result<String> {
    let mut text = String::with_capacity(EXAMPLE.len());
    let mut section = String::new();
    let mut used = 0_usize;
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        }
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let key = bare.split_once(" = ").map(|(key, _)| format!("{section}{key}"));
        match values.iter().find(|(name, _)| key.as_deref() == Some(*name)) {
            Some((name, value)) => {
                used += 1;
                let key = name.rsplit('.').next().unwrap_or(name);
                text.push_str(&format!("{key} = {value}\n"));
            }
            None => text.extend([line, "\n"]),
        }
    }
    ensure!(used == values.len(), "the configuration has not every key of {values:?}");
    Ok(text)
}
