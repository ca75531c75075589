//! The README says what the program says.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use entriage::app::keymap;
use std::fs;
use std::path::Path;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_key_table_is_the_keymap() {
    let text = readme();
    let (_, rest) = text.split_once("<!-- keys -->\n").expect("the README marks where the keys begin");
    let (table, _) = rest.split_once("<!-- end of keys -->").expect("the README marks where the keys end");
    let generated = keymap::markdown();
    assert!(
        table == generated,
        "the keys in README.md lag behind the keymap; between its two marks it must say:\n\n{generated}"
    );
}

#[test]
fn the_picture_is_there() {
    let text = readme();
    assert!(text.contains("assets/console.svg"));
    let picture =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/console.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("entriage"));
}
