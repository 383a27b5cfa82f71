//! The example is the documentation: it has every key with its default, and nothing else.

use super::*;

const REQUIRED: &str = "\
name = \"node\"
genesis = \"genesis.json\"
[keys]
vote = \"keys/vote.key\"
[consensus]
listen = \"0.0.0.0:7401\"
";

#[test]
fn the_example_says_the_defaults() {
    assert_eq!(Config::parse(EXAMPLE).unwrap(), Config::parse(REQUIRED).unwrap());
}

#[test]
fn the_example_has_every_key_and_explains_it() {
    let full = Config::parse(REQUIRED).unwrap();
    let table = toml::Table::try_from(&full).unwrap();
    let mut keys: Vec<String> = Vec::new();
    for (name, value) in &table {
        match value {
            toml::Value::Table(section) => keys.extend(section.keys().map(|key| format!("{name}.{key}"))),
            _ => keys.push(name.clone()),
        }
    }
    let values: Vec<(&str, String)> = keys.iter().map(|key| (key.as_str(), "0".to_owned())).collect();
    filled(&values).expect("every key stands in the example");

    for (paragraph, keys) in paragraphs() {
        let says = paragraph.contains("Default:") || paragraph.contains("Required.");
        assert!(keys.is_empty() || says, "{keys:?}: say the default, or that it is required");
    }
}

/// The comment and the keys below it, for each paragraph of the example.
fn paragraphs() -> Vec<(String, Vec<&'static str>)> {
    let is_key =
        |line: &&str| line.split_once(" = ").is_some_and(|(key, _)| !key.trim_start_matches("# ").contains(' '));
    EXAMPLE.split("\n\n").map(|part| (part.to_owned(), part.lines().filter(is_key).collect())).collect()
}

#[test]
fn values_are_filled_in() {
    let text = filled(&[("name", "\"Lab\"".to_owned()), ("keys.vote", "\"v.key\"".to_owned())]).unwrap();
    let config = Config::parse(&text).unwrap();
    assert_eq!((config.name.as_str(), config.keys.vote), ("Lab", "v.key".into()));
    assert!(filled(&[("nonsense", String::new())]).is_err());
}

#[test]
fn wrong_values_are_refused_with_their_key() {
    let refused = |from: &str, to: &str| {
        assert!(EXAMPLE.contains(from), "{from}");
        format!("{:#}", Config::parse(&EXAMPLE.replace(from, to)).unwrap_err())
    };
    assert!(refused("worker_threads = 2", "worker_thread = 2").contains("worker_thread"));
    assert!(refused("listen = \"127.0.0.1:7400\"", "listen = \"0.0.0.0:7400\"").contains("`http.listen`"));
    // Nothing on a node signs with another key: the file of one is not named here.
    assert!(refused("[keys]\n", "[keys]\noperations = \"o.key\"\n").contains("unknown field `operations`"));
    assert!(refused("0.0.0.0:7401", "0.0.0.0:0").contains("`consensus.listen`"));
    assert!(refused("# listen = \"0.0.0.0:7402\"", "listen = \"0.0.0.0:0\"").contains("`peer.listen`"));
    assert!(refused("# tls = { certificate = \"tls/fullchain.pem\", ", "tls = { ").contains("certificate"));
    assert!(refused("page_cache_bytes = 33554432", "page_cache_bytes = 10").contains("`memory.page_cache_bytes`"));
    assert!(refused("level = \"warn,epione=info\"", "level = \"a=b=c\"").contains("`log.level`"));
    assert!(refused("txs = 20000", "txs = 0").contains("txs"));
    let error = format!("{:#}", Config::parse("name = \"x\"").unwrap_err());
    assert!(error.contains("genesis"), "{error}");
}

#[test]
fn paths_begin_at_the_folder_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.toml");
    fs::write(&path, EXAMPLE).unwrap();
    let config = Config::load(&path).unwrap();
    assert_eq!(config.genesis, folder.path().join("genesis.json"));
    assert_eq!(config.keys.vote, folder.path().join("keys/vote.key"));
    assert_eq!(config.keys.passphrase_file, None);
    fs::write(&path, filled(&[("keys.passphrase_file", "\"p\"".to_owned())]).unwrap()).unwrap();
    assert_eq!(Config::load(&path).unwrap().keys.passphrase_file, Some(folder.path().join("p")));
    assert_eq!(config.peer.certificates, folder.path().join("keys/tls"));
    fs::write(&path, EXAMPLE.replace("# tls = ", "tls = ")).unwrap();
    assert_eq!(Config::load(&path).unwrap().http.tls.unwrap().key, folder.path().join("tls/key.pem"));
}

#[test]
fn with_a_certificate_clients_are_served_on_any_address() {
    let text =
        EXAMPLE.replace("# tls = ", "tls = ").replace("listen = \"127.0.0.1:7400\"", "listen = \"0.0.0.0:7400\"");
    let http = Config::parse(&text).unwrap().http;
    assert_eq!(http.listen.to_string(), "0.0.0.0:7400");
    assert_eq!(http.tls.unwrap().certificate, PathBuf::from("tls/fullchain.pem"));
}
