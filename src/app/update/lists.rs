//! Lists being loaded: pages, ends, refreshing, histories.

use crate::app::message::{Effect, Problem, Rows, Ticket};
use crate::app::model::{List, Model, Tone};
use crate::entity::{HistoryItem, Row, UserId};
use crate::queue::{Command, TargetState};
use chrono::TimeDelta;
use std::sync::Arc;

/// How often the lists are loaded again by themselves, when the analyst asked for it.
pub(super) const AUTO_REFRESH: TimeDelta = TimeDelta::seconds(60);

/// Loads every list, the open one first. They speak of each other and are read together, so that the evidence is of one
/// moment.
pub(super) fn load_all(model: &mut Model) -> Vec<Effect> {
    let mut lists = List::ALL;
    lists.sort_by_key(|list| Some(*list) != model.tab.list());
    lists.into_iter().flat_map(|list| load(model, list)).collect()
}

fn load(model: &mut Model, list: List) -> Vec<Effect> {
    let cancelled = model.load(list).ticket.map(Effect::CancelLoad);
    let ticket = model.new_ticket();
    model.load_mut(list).begin(ticket);
    model.table_mut(list).0.begin_loading();
    cancelled.into_iter().chain([Effect::Load(ticket, list)]).collect()
}

pub(super) fn refresh_by_itself(model: &mut Model) -> Vec<Effect> {
    model.next_refresh = Some(model.now + AUTO_REFRESH);
    // A question on the screen keeps the rows that were shown when it was asked.
    if model.overlay.is_some() || List::ALL.iter().any(|list| model.load(*list).is_running()) {
        return Vec::new();
    }
    load_all(model)
}

pub(super) fn add_page(model: &mut Model, ticket: Ticket, rows: Rows, rejected: Vec<String>) -> Vec<Effect> {
    let Some(list) = model.list_of(ticket) else { return Vec::new() };
    model.load_mut(list).page(rows.len(), rejected);
    let rows: Vec<Arc<dyn Row>> = match rows {
        Rows::Users(rows) => {
            let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
            model.evidence.add_users(&rows);
            rows.into_iter().map(|row| row as Arc<dyn Row>).collect()
        }
        Rows::SignIns(rows) => {
            let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
            model.evidence.add_sign_ins(&rows);
            rows.into_iter().map(|row| row as Arc<dyn Row>).collect()
        }
        Rows::Detections(rows) => {
            let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
            model.evidence.add_detections(&rows);
            rows.into_iter().map(|row| row as Arc<dyn Row>).collect()
        }
    };
    let (table, evidence, times) = model.table_mut(list);
    table.add(rows, evidence, times);
    Vec::new()
}

pub(super) fn end_load(
    model: &mut Model,
    ticket: Ticket,
    problem: Option<Problem>,
    remark: Option<String>,
) -> Vec<Effect> {
    let Some(list) = model.list_of(ticket) else { return Vec::new() };
    let complete = problem.is_none();
    if let Some(problem) = &problem {
        model.say(Tone::Alarm, problem.to_string());
    }
    let now = model.now;
    model.load_mut(list).end(now, problem, remark);
    let (table, evidence, times) = model.table_mut(list);
    table.end_loading(complete, evidence, times);
    if complete {
        model.prune_evidence(list);
    }
    // Columns of the other lists speak of these rows too: why a user is rated, what is new about a sign-in. That matters
    // where a list is filtered, or not in its own order.
    for other in List::ALL.into_iter().filter(|other| *other != list) {
        let (table, evidence, times) = model.table_mut(other);
        if !table.filter().is_empty() || table.sort() != other.own_sort() {
            table.arrange(evidence, times);
        }
    }
    Vec::new()
}

pub(super) fn keep_history(
    model: &mut Model,
    user: UserId,
    items: Result<Vec<HistoryItem>, Problem>,
) -> Vec<Effect> {
    match items {
        Ok(items) => {
            model.histories.remove(&user);
            model.evidence.set_history(user, items);
        }
        Err(problem) => {
            model.histories.insert(user, Some(problem));
        }
    }
    Vec::new()
}

/// Asks for the history of the user under the cursor, when its evidence is opened and it was not read before.
pub(super) fn ask_history(model: &mut Model) -> Vec<Effect> {
    use crate::entity::Facts;
    let Some(user) = model.cursor_row().and_then(|row| row.standing().user) else { return Vec::new() };
    let failed_before = matches!(model.histories.get(&user), Some(Some(_)));
    if model.evidence.history(user).is_some() || (model.histories.contains_key(&user) && !failed_before) {
        return Vec::new();
    }
    // Only the last one asked for is waited for: whoever steps through rows wants the one where they stop.
    model.histories.retain(|_, problem| problem.is_some());
    model.histories.insert(user, None);
    vec![Effect::ReadHistory(user)]
}

pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    if model.tab.list().is_none() {
        let stuck =
            model.queue.submissions().iter().filter(|view| view.counts().sum(TargetState::can_retry) > 0);
        let retries: Vec<Effect> =
            stuck.map(|view| Effect::Queue(Command::Retry(view.submission.id))).collect();
        model.say(Tone::Info, "trying again");
        return retries.into_iter().chain([Effect::Queue(Command::Resume)]).collect();
    }
    // A verdict of ours may have changed a history: it is read again when it is looked at again.
    model.histories.clear();
    model.evidence.forget_histories();
    load_all(model)
}
