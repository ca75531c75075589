//! entriage: a terminal triage console for Microsoft Entra ID Protection.
//!
//! # Bird's eye
//!
//! An analyst looks at risky users, sign-ins and detections in tables, marks rows, puts verdicts on them locally,
//! reviews them, and sends them. A background task waits out a grace, sends the verdicts to Microsoft Graph in batches,
//! and reads back until Graph shows them.
//!
//! Three sentences hold the program together:
//!
//! * **`app` does nothing**: it takes a message, changes the model, and returns what should be done, as data.
//! * **`ui` decides nothing**: it draws what the model says.
//! * **`graph` shows nothing**: it turns a request into values, or into an error that a person can act on.
//!
//! [`runtime`] is the one place with a loop, a clock and channels.
//!
//! # A map
//!
//! * [`entity`]: what is triaged. Sign-in, user, detection; risk words and their order; targets and verdicts; typed cell
//!   values and columns as data; foreign text made harmless on entry. Knows nobody.
//! * [`filter`], [`evidence`]: which rows are shown, and what helps to decide about them. Know `entity`.
//! * [`app`]: the console's state machine. Pure: no async, no clock, no file, no terminal. Knows those three and the words
//!   in which the queue is told and reports.
//! * [`ui`]: drawing; the model in, a buffer out. Knows `app`.
//! * [`queue`]: submissions on their way: a pure state machine of its own, and the background task that drives it. Knows
//!   `entity`, and `graph` in its driver only; knows no screen.
//! * [`graph`]: Microsoft Graph: endpoints as a table, paging, rate budgets, errors, clouds. Knows `entity`.
//! * [`auth`]: where tokens come from.
//! * [`simulator`]: a Graph of our own. Speaks HTTP on loopback; shares no client code.
//! * [`config`]: profiles, validated once, then plain data.
//! * [`runtime`]: the shell: the loop, the clock, the channels, the terminal and its way back.
//! * [`commands`], [`cli`]: one file a subcommand, which wires the parts together; the command line as data.
//!
//! A test over the source tree keeps these arrows.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | target | what a verdict is about: a sign-in (its request id) or a user (its object id) |
//! | verdict | safe, compromised, dismissed |
//! | mark | select a row, by id |
//! | stage | attach a verdict to targets, locally, recallable |
//! | submission | what one review sends, with one reason and one ticket |
//! | batch | the targets of one Graph call: one kind, one verdict, at most 60 ids |
//! | grace | the time between accepting a submission and its first call |
//! | accepted | Graph said 2xx, which means *taken*, not *done* |
//! | verified | read back: Graph shows the verdict |

pub mod app;
pub mod auth;
pub mod cli;
pub mod commands;
pub mod config;
pub mod entity;
pub mod evidence;
pub mod filter;
pub mod graph;
pub mod queue;
pub mod runtime;
pub mod simulator;
pub mod ui;
