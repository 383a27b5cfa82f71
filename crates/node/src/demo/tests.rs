//! The demonstration without its nodes: folder, ports, report. The whole stands in `tests/demo.rs`.

use super::*;
use crate::{
    genesis::Terms,
    init::{self, Plan},
};
use epione_modules::ALL;
use epione_types::Text;
use std::{fs, net::TcpListener, path::Path};

/// A port that others who run these tests on the same machine will hardly take: `at` is below 60.
pub(crate) fn port(at: u16) -> u16 {
    10_000 + u16::try_from(std::process::id() % 160).unwrap() * 60 + at
}

fn options(dir: &Path) -> DemoOptions {
    DemoOptions { dir: Some(dir.to_owned()), after: After::End, base_port: None }
}

fn silent() -> Output {
    Output::new(Format::Human, Box::new(std::io::sink()), Box::new(std::io::sink()))
}

async fn refusal(dir: &Path, base_port: Option<u16>) -> String {
    let place = Place::open(&options(dir)).unwrap();
    format!("{:#}", Consortium::prepare(ALL, &place, base_port, &mut silent()).await.unwrap_err())
}

#[test]
fn a_folder_is_held_by_one_demonstration_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let held = Place::open(&options(folder.path())).unwrap();
    let error = Place::open(&options(folder.path())).unwrap_err().to_string();
    assert!(error.contains("another `epione demo` runs in"), "{error}");
    drop(held);
    Place::open(&options(folder.path())).unwrap();
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = format!("{:#}", Place::open(&options(&file.join("below"))).unwrap_err());
    assert!(error.contains("cannot be used") && error.contains("--dir"), "{error}");
}

#[test]
fn a_temporary_folder_is_removed_only_if_all_went_well() {
    let temporary = DemoOptions { dir: None, after: After::End, base_port: None };
    for went_well in [true, false] {
        let place = Place::open(&temporary).unwrap();
        let dir = place.dir().to_owned();
        place.close(went_well, &mut silent()).unwrap();
        assert_eq!(dir.exists(), !went_well);
        let _ = fs::remove_dir_all(dir);
    }
}

#[tokio::test]
async fn a_demonstration_is_found_again_with_its_ports() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::open(&options(folder.path())).unwrap();
    let first = Consortium::prepare(ALL, &place, Some(port(0)), &mut silent()).await.unwrap();
    let second = Consortium::prepare(ALL, &place, None, &mut silent()).await.unwrap();
    assert_eq!((first.chain, first.nodes.len(), first.organizations.len()), (second.chain, 4, 5));
    assert_eq!(first.nodes[3].url, format!("http://127.0.0.1:{}", port(6)));
    assert_eq!(second.nodes[3].url, first.nodes[3].url);
    drop(place);

    let founded = format!("was founded with {}", port(0));
    assert!(refusal(folder.path(), Some(port(1))).await.contains(&founded));
    let _taken = TcpListener::bind(("127.0.0.1", port(3))).unwrap();
    let error = refusal(folder.path(), None).await;
    let expected = format!("127.0.0.1:{} is in use, which is `consensus.listen`", port(3));
    assert!(error.contains(&expected), "{error}");
}

#[tokio::test]
async fn ports_in_use_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let _taken = TcpListener::bind(("127.0.0.1", port(17))).unwrap();
    let error = refusal(folder.path(), Some(port(12))).await;
    let expected = format!("port {} is in use; the demonstration needs {} to {}", port(17), port(12), port(23));
    assert!(error.contains(&expected), "{error}");
    assert!(!init::is_founded(folder.path()));
}

#[tokio::test]
async fn another_consortium_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms { name: Text::new("Real").unwrap(), time: init::now(), demo: false, epoch_blocks: 100 };
    let organizations = init::demo().into_iter().filter(|spec| spec.has_node).collect();
    let (dir, protection) = (folder.path().to_owned(), epione_cli::keys::Protection::None);
    let plan = Plan { dir, terms, organizations, base_port: port(20), protection };
    init::found(ALL, &plan).unwrap();
    let error = refusal(folder.path(), None).await;
    assert!(error.contains("holds a consortium that is no demonstration"), "{error}");
}

#[tokio::test]
async fn a_start_waits_for_the_nodes_of_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::open(&options(folder.path())).unwrap();
    let first = Consortium::prepare(ALL, &place, Some(port(30)), &mut silent()).await.unwrap();
    let path = first.nodes[2].log.clone();
    // A process that writes to the log as a node does, and then ends.
    let log = log::open(&path).unwrap();
    let mut node = std::process::Command::new("sleep").arg("1").stdout(log).spawn().unwrap();
    assert!(log::is_held(&path));
    assert!(log::open(&path).unwrap_err().to_string().contains("still runs"));
    Consortium::prepare(ALL, &place, None, &mut silent()).await.unwrap();
    assert!(!log::is_held(&path));
    assert!(node.wait().unwrap().success());
    drop(log::open(&path).unwrap());
}

#[test]
fn a_long_log_is_set_aside_and_its_end_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.log");
    fs::write(&path, "x".repeat(17 * 1024 * 1024) + "the end").unwrap();
    assert!(log::tail(&path).ends_with("the end") && log::tail(&path).len() < 2_000);
    drop(log::open(&path).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    assert!(folder.path().join("node.log.1").exists());
}

#[test]
fn the_report_is_what_was_promised() {
    let mut report = Report::default();
    assert_eq!(report.told(None)["ok"], false, "no step was done");
    report.step("agree", Duration::from_millis(12), None);
    let told = report.told(None);
    assert_eq!(
        (&told["ok"], &told["steps"][0]),
        (&true.into(), &serde_json::json!({ "name": "agree", "ok": true, "ms": 12 }))
    );
    let error = anyhow::anyhow!("it broke");
    report.step("notarize", Duration::ZERO, Some(&error));
    let told = report.told(Some(&error));
    assert_eq!(
        (&told["ok"], &told["steps"][1]["error"], &told["error"]),
        (&false.into(), &"it broke".into(), &"it broke".into())
    );
    assert!(report.is_told());
}

#[test]
fn every_step_has_a_name_of_its_own() {
    let mut names: Vec<&str> = steps::Step::ALL.map(steps::Step::name).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), steps::Step::ALL.len());
}
