//! Draws the picture of the running console that the README shows.
//!
//! ```text
//! cargo build
//! cargo run --example picture -- --wait 'at risk' --keys 'jj<Space>' --wait '1 marked'
//! ```
//!
//! Steps are carried out in the order given: `--keys KEYS` types (keys as on the help screen), `--wait TEXT` and
//! `--gone TEXT` wait until the screen shows a text, or no longer. The last step has to be a wait: it says what the
//! picture must show.
//!
//! Options: `--program PATH` (the console beside this example's own executable when not given), `--size 120x34`,
//! `--title TEXT`, `--output assets/console.svg`. What follows `--` are the program's arguments, `demo --seed 7`
//! when not given. The same screen gives the same bytes.

#![allow(clippy::print_stdout, reason = "a tool for the command line")]
#![allow(unreachable_pub, reason = "a program has no public interface")]

mod boxes;
mod colour;
mod svg;
#[cfg(unix)]
#[path = "../../tests/terminal/mod.rs"]
mod terminal;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// What to draw, as the command line says.
#[derive(Debug)]
struct Order {
    program: Option<PathBuf>,
    arguments: Vec<String>,
    columns: u16,
    rows: u16,
    title: String,
    output: PathBuf,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Keys(String),
    Wait(String),
    Gone(String),
}

fn main() -> Result<()> {
    let order = read(std::env::args().skip(1))?;
    let drawing = draw(&order)?;
    if let Some(folder) = order.output.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(&order.output, &drawing)
        .with_context(|| format!("cannot write {}", order.output.display()))?;
    println!("{} ({} bytes)", order.output.display(), drawing.len());
    Ok(())
}

/// Reads the command line by hand, because steps keep their order across options.
fn read(mut arguments: impl Iterator<Item = String>) -> Result<Order> {
    let mut order = Order {
        program: None,
        arguments: ["demo", "--seed", "7"].map(String::from).to_vec(),
        columns: 120,
        rows: 34,
        title: "entriage".to_owned(),
        output: "assets/console.svg".into(),
        steps: Vec::new(),
    };
    while let Some(option) = arguments.next() {
        if option == "--" {
            order.arguments = arguments.collect();
            break;
        }
        let value = arguments.next().with_context(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--program" => order.program = Some(value.into()),
            "--title" => order.title = value,
            "--output" => order.output = value.into(),
            "--size" => {
                let (columns, rows) =
                    value.split_once('x').context("--size is columns x rows, as in 120x34")?;
                (order.columns, order.rows) = (columns.parse()?, rows.parse()?);
            }
            "--keys" => order.steps.push(Step::Keys(value)),
            "--wait" => order.steps.push(Step::Wait(value)),
            "--gone" => order.steps.push(Step::Gone(value)),
            _ => bail!("no option {option}; the head of examples/picture/main.rs names them"),
        }
    }
    if !matches!(order.steps.last(), Some(Step::Wait(_) | Step::Gone(_))) {
        bail!("the last step must be --wait or --gone: it says what the picture has to show");
    }
    Ok(order)
}

/// Drives the program to the wanted screen and draws it.
#[cfg(unix)]
fn draw(order: &Order) -> Result<String> {
    let program = match &order.program {
        Some(program) => program.clone(),
        None => beside_this_example()?,
    };
    let arguments: Vec<&str> = order.arguments.iter().map(String::as_str).collect();
    let mut terminal = terminal::Launch::program(program, &arguments)
        .size(order.columns, order.rows)
        .env("COLORTERM", "truecolor")
        .start();
    for step in &order.steps {
        match step {
            Step::Keys(keys) => terminal.keys(keys),
            Step::Wait(text) => terminal.wait_for(text),
            Step::Gone(text) => terminal.wait_gone(text),
        };
    }
    Ok(terminal.look(|screen| svg::picture(screen, &order.title)))
}

#[cfg(not(unix))]
fn draw(_: &Order) -> Result<String> {
    bail!("pictures are taken in a pseudo-terminal, which this system does not have")
}

/// Examples are built into a folder next to the binaries.
#[cfg(unix)]
fn beside_this_example() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let profile =
        here.parent().and_then(|examples| examples.parent()).context("no folder above this example")?;
    let program = profile.join("entriage");
    if !program.exists() {
        bail!("no console beside this example: run `cargo build`, or name one with --program");
    }
    Ok(program)
}
