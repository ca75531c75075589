//! Carries out what the console wants read, and sends the answers back as messages.

use crate::app::message::BudgetLine;
use crate::app::{List, Message, Problem, Rows, Ticket};
use crate::entity::{Text, UserId};
use crate::graph::{Client, DetectionsQuery, GraphError, Listing, Page, Priority, SignInsQuery, UsersQuery};
use chrono::{TimeDelta, Utc};
use std::collections::HashMap;
use std::ops::ControlFlow;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// How far back sign-ins and detections are read by default.
const WINDOW: TimeDelta = TimeDelta::days(7);

/// Reads lists and histories in the background.
#[derive(Debug)]
pub(super) struct Loader {
    client: Client,
    answers: mpsc::UnboundedSender<Message>,
    running: HashMap<Ticket, AbortHandle>,
    /// The history that was asked for last.
    history: Option<AbortHandle>,
}

impl Loader {
    /// A loader that sends its messages there.
    pub(super) fn new(client: Client, answers: mpsc::UnboundedSender<Message>) -> Self {
        watch_budgets(&client, &answers);
        Self { client, answers, running: HashMap::new(), history: None }
    }

    /// Reads a list; each page becomes a message as it arrives.
    pub(super) fn load(&mut self, ticket: Ticket, list: List) {
        self.running.retain(|_, task| !task.is_finished());
        let (client, answers) = (self.client.clone(), self.answers.clone());
        let task = tokio::spawn(async move {
            let outcome = read(&client, list, ticket, &answers).await;
            let message = match outcome {
                Ok(listing) => Message::Loaded { ticket, remark: remark(&listing) },
                Err(error) => Message::LoadFailed { ticket, problem: problem(&error) },
            };
            // The console has ended when nobody listens.
            let _ = answers.send(message);
        });
        self.running.insert(ticket, task.abort_handle());
    }

    /// Stops reading a list.
    pub(super) fn cancel(&mut self, ticket: Ticket) {
        if let Some(task) = self.running.remove(&ticket) {
            task.abort();
        }
    }

    /// Reads the history of a user. One that was asked for before and is not read yet is given up: the console waits for the
    /// last one only, and each would take its turn before the pages of a list.
    pub(super) fn history(&mut self, user: UserId) {
        let (client, answers) = (self.client.clone(), self.answers.clone());
        let task = tokio::spawn(async move {
            let items = client.history(user, Priority::Read).await;
            let items = items.map(|decoded| decoded.rows).map_err(|error| problem(&error));
            let _ = answers.send(Message::History { user, items });
        });
        if let Some(before) = self.history.replace(task.abort_handle()) {
            before.abort();
        }
    }
}

/// Reads one list, page by page.
async fn read(
    client: &Client,
    list: List,
    ticket: Ticket,
    answers: &mpsc::UnboundedSender<Message>,
) -> Result<Listing, GraphError> {
    let since = Utc::now() - WINDOW;
    match list {
        List::Users => {
            let tell = |page: Page<_>| tell(answers, ticket, page, Rows::Users);
            client.users(UsersQuery::at_risk(), Priority::Read, tell).await
        }
        List::SignIns => {
            let tell = |page: Page<_>| tell(answers, ticket, page, Rows::SignIns);
            client.sign_ins(SignInsQuery::at_risk(since), Priority::Read, tell).await
        }
        List::Detections => {
            let tell = |page: Page<_>| tell(answers, ticket, page, Rows::Detections);
            client.detections(DetectionsQuery::at_risk(since), Priority::Read, tell).await
        }
    }
}

/// Hands a page over; goes on while somebody listens.
fn tell<T>(
    answers: &mpsc::UnboundedSender<Message>,
    ticket: Ticket,
    page: Page<T>,
    rows: impl FnOnce(Vec<T>) -> Rows,
) -> ControlFlow<()> {
    let message = Message::Page { ticket, rows: rows(page.rows), rejected: page.rejected };
    if answers.send(message).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// What the analyst must know of how the list came about.
fn remark(listing: &Listing) -> Option<String> {
    if listing.interactive_only {
        Some("interactive sign-ins only: the service refused to list the others".into())
    } else if listing.narrowed_here {
        Some("the service refused the filter: all rows were read and sorted out here".into())
    } else {
        None
    }
}

fn problem(error: &GraphError) -> Problem {
    Problem {
        what: format!("could not {} on {}", error.attempted(), error.host()),
        why: error.reason(),
        next: error.next(),
        // The reason names status, code and message already.
        code: Text::default(),
        request_id: error.request_id().cloned().unwrap_or_default(),
    }
}

/// Tells the console of the rate budgets when they begin or cease to hold something up.
fn watch_budgets(client: &Client, answers: &mpsc::UnboundedSender<Message>) {
    let mut view = client.budgets().view();
    let answers = answers.clone();
    tokio::spawn(async move {
        let mut told = BudgetLine::default();
        loop {
            let line = {
                let view = view.borrow_and_update();
                let buckets = [&view.identity_protection, &view.sign_in_log];
                BudgetLine {
                    waiting: buckets.iter().map(|bucket| bucket.waiting_in_all()).sum(),
                    resting_until: buckets.iter().filter_map(|bucket| bucket.paused_until).max(),
                    retry_at: buckets.iter().filter_map(|bucket| bucket.retry_at).max(),
                }
            };
            if line != told {
                told = line.clone();
                if answers.send(Message::Budgets(line)).is_err() {
                    return;
                }
            }
            if view.changed().await.is_err() {
                return;
            }
        }
    });
}
