//! Carries out what the console wants read, and sends the answers back as messages.

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
}

impl Loader {
    /// A loader that sends its messages there.
    pub(super) fn new(client: Client, answers: mpsc::UnboundedSender<Message>) -> Self {
        watch_budgets(&client, &answers);
        Self { client, answers, running: HashMap::new() }
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

    /// Reads the history of a user.
    pub(super) fn history(&self, user: UserId) {
        let (client, answers) = (self.client.clone(), self.answers.clone());
        tokio::spawn(async move {
            let items = client.history(user, Priority::Read).await;
            let items = items.map(|decoded| decoded.rows).map_err(|error| problem(&error));
            let _ = answers.send(Message::History { user, items });
        });
    }
}
