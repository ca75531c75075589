//! Who may know whom: the arrows of the map in `src/lib.rs`, kept by reading the source tree.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each folder with the folders it may name. `cli` and `commands` wire everything together and may know all.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("entity", &[]),
    ("filter", &["entity"]),
    ("evidence", &["entity"]),
    // Of the queue, the words in which it is told and reports; see `the_console_knows_only_words_of_the_queue`.
    ("app", &["entity", "filter", "evidence", "queue"]),
    ("ui", &["entity", "app", "queue"]),
    ("queue", &["entity", "graph"]),
    ("graph", &["entity"]),
    ("auth", &["entity", "graph"]),
    ("simulator", &["entity"]),
    ("config", &["entity", "ui"]),
    ("runtime", &["entity", "app", "ui", "queue", "graph"]),
];

/// Crates that a pure layer must not name: no async, no clock, no network, no terminal.
const PURE: &[&str] = &["entity", "filter", "evidence", "app", "ui"];
const IMPURE: &[&str] = &[
    "tokio",
    "reqwest",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "Utc::now",
    "Local::now",
    "Instant::now",
    "SystemTime",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name)
}

/// The lines of code, without comments: what is said in prose is no arrow.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_folder_knows_only_whom_it_may() {
    let mut wrong = Vec::new();
    for (layer, allowed) in MAY_KNOW {
        for path in sources(&folder(layer)) {
            for line in code(&path) {
                assert!(
                    !line.contains("crate::{"),
                    "{}: one folder a line, so that it can be read here",
                    path.display()
                );
                for named in line.split("crate::").skip(1) {
                    let name: String =
                        named.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    let known = MAY_KNOW.iter().any(|(layer, _)| *layer == name)
                        || ["cli", "commands"].contains(&&*name);
                    if known && name != *layer && !allowed.contains(&&*name) {
                        wrong.push(format!("{}: {layer} knows {name}: {line}", path.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_on_the_map() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            assert!(
                name == "commands" || MAY_KNOW.iter().any(|(layer, _)| *layer == name),
                "{name} is not on the map"
            );
        }
    }
}

#[test]
fn pure_layers_do_nothing() {
    let mut wrong = Vec::new();
    for layer in PURE {
        for path in sources(&folder(layer)) {
            for line in code(&path) {
                if let Some(impure) = IMPURE.iter().find(|impure| line.contains(**impure)) {
                    wrong.push(format!("{}: {impure}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_console_knows_only_words_of_the_queue() {
    for layer in ["app", "ui"] {
        for path in sources(&folder(layer)) {
            for line in code(&path) {
                for name in ["QueueHandle", "queue::spawn", "queue::Settings"] {
                    assert!(!line.contains(name), "{}: {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn the_core_of_the_queue_knows_no_graph() {
    for path in sources(&folder("queue")) {
        let text = code(&path).join("\n");
        let driver = ["driver.rs", "client.rs"].iter().any(|name| path.ends_with(name));
        assert!(driver || !text.contains("crate::graph"), "{}", path.display());
    }
}

#[test]
fn the_simulator_shares_no_client_code() {
    for path in sources(&folder("simulator")) {
        assert!(!code(&path).join("\n").contains("crate::graph"), "{}", path.display());
    }
}
