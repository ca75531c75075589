//! The switchboard: which noun a message belongs to.

use super::action::Action;
use super::key::KeyPress;
use super::keymap;
use super::message::{Effect, Message, Problem, Rows, Ticket};
use super::model::{List, Model, Overlay, Tab, Tone};
use super::permit::permit;
use super::review::{Review, Typing};
use super::sheet;
use super::tray::Staged;
use crate::entity::{HistoryItem, Kind, Row, Target, UserId, Verdict};
use crate::queue::{Command, Order, QueueEvent, Seen, Submission, TargetState};
use chrono::TimeDelta;
use crossterm::event::KeyCode;
use std::sync::Arc;
use tui_input::{Input, InputRequest};

/// How long after its first key the second key of a sequence still belongs to it.
const SEQUENCE: TimeDelta = TimeDelta::milliseconds(1000);

/// How often the lists are loaded again by themselves, when the analyst asked for it.
const AUTO_REFRESH: TimeDelta = TimeDelta::seconds(60);

/// Lets `message` happen to the console, and says what is to be done.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let effects = match message {
        Message::Time(now) => {
            model.now = now;
            if model.next_refresh.is_some_and(|due| due <= now) {
                refresh_by_itself(model)
            } else {
                Vec::new()
            }
        }
        Message::Key(key) => press(model, key),
        Message::Paste(text) => paste(model, &text),
        Message::Resize(width, height) => {
            model.size = (width, height);
            Vec::new()
        }
        Message::Page { ticket, rows, rejected } => add_page(model, ticket, rows, rejected),
        Message::Loaded { ticket, remark } => end_load(model, ticket, None, remark),
        Message::LoadFailed { ticket, problem } => end_load(model, ticket, Some(problem), None),
        Message::History { user, items } => keep_history(model, user, items),
        Message::Queue(event) => queue_event(model, &event),
        Message::Budgets(line) => {
            model.budgets = line;
            Vec::new()
        }
    };
    let page = model.geometry().page();
    if let Some((table, ..)) = model.current() {
        table.scroll_to_cursor(page);
    }
    effects
}

/// Loads every list: what the console does when it starts.
pub(super) fn load_all(model: &mut Model) -> Vec<Effect> {
    List::ALL.into_iter().flat_map(|list| load(model, list)).collect()
}

impl Model {
    /// The first effects: load what is shown first, first.
    pub fn start(&mut self) -> Vec<Effect> {
        let mut effects = load_all(self);
        let first = self.tab.list();
        effects.sort_by_key(|effect| !matches!(effect, Effect::Load(_, list) if Some(*list) == first));
        effects
    }
}

// ---- lists ----

fn load(model: &mut Model, list: List) -> Vec<Effect> {
    let cancelled = model.load(list).ticket.map(Effect::CancelLoad);
    let ticket = model.new_ticket();
    model.load_mut(list).begin(ticket);
    model.table_mut(list).0.begin_loading();
    cancelled.into_iter().chain([Effect::Load(ticket, list)]).collect()
}

fn refresh_by_itself(model: &mut Model) -> Vec<Effect> {
    model.next_refresh = Some(model.now + AUTO_REFRESH);
    // A question on the screen keeps the rows that were shown when it was asked.
    if model.overlay.is_some() || List::ALL.iter().any(|list| model.load(*list).is_running()) {
        return Vec::new();
    }
    load_all(model)
}

fn add_page(model: &mut Model, ticket: Ticket, rows: Rows, rejected: Vec<String>) -> Vec<Effect> {
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

fn end_load(
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
    if complete && list == List::SignIns {
        model.prune_evidence();
    }
    // Columns of the other lists speak of these rows too: why a user is rated, what is new about a sign-in.
    for other in List::ALL.into_iter().filter(|other| *other != list) {
        let (table, evidence, times) = model.table_mut(other);
        table.arrange(evidence, times);
    }
    Vec::new()
}

fn keep_history(model: &mut Model, user: UserId, items: Result<Vec<HistoryItem>, Problem>) -> Vec<Effect> {
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
fn ask_history(model: &mut Model) -> Vec<Effect> {
    use crate::entity::Facts;
    let Some(user) = model.cursor_row().and_then(|row| row.standing().user) else { return Vec::new() };
    let failed_before = matches!(model.histories.get(&user), Some(Some(_)));
    if model.evidence.history(user).is_some() || (model.histories.contains_key(&user) && !failed_before) {
        return Vec::new();
    }
    model.histories.insert(user, None);
    vec![Effect::ReadHistory(user)]
}

// ---- keys ----

fn press(model: &mut Model, key: KeyPress) -> Vec<Effect> {
    if key == (KeyPress { code: KeyCode::Char('c'), control: true }) {
        model.typing = None;
        return act(model, Action::Quit);
    }
    if !model.geometry().is_usable() {
        return Vec::new();
    }
    if model.is_typing() {
        return type_key(model, key);
    }
    let scope = model.scope();
    if let (Some(Overlay::Review(review)), KeyCode::Char(digit @ '0'..='9')) = (&mut model.overlay, key.code)
    {
        if !review.is_deaf(model.now) {
            review.type_digit(digit);
        }
        return Vec::new();
    }
    if let (Some(Overlay::Review(review)), KeyCode::Backspace) = (&mut model.overlay, key.code) {
        review.number.pop();
        return Vec::new();
    }
    let before = model.before.take().filter(|(_, at, _)| model.now - *at <= SEQUENCE);
    let action = keymap::action(scope, before.map(|(key, ..)| key), key);
    let place = model.current_table().map_or(0, super::table::Table::cursor_place);
    let place =
        if action == Some(Action::MarkAgain) { before.map_or(place, |(.., place)| place) } else { place };
    model.before = Some((key, model.now, place));
    let Some(action) = action else {
        model.say(Tone::Refusal, format!("{key} means nothing here; ? shows the keys"));
        return Vec::new();
    };
    if let Some(Overlay::Review(review)) = &mut model.overlay {
        review.complaint = None;
        if review.is_deaf(model.now) && action != Action::Back {
            return Vec::new();
        }
    }
    act(model, action)
}

/// Carries an action out, or says why not.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Err(why) = permit(model, action) {
        match &mut model.overlay {
            Some(Overlay::Review(review)) => review.complaint = Some(why),
            _ => model.say(Tone::Refusal, why),
        }
        return Vec::new();
    }
    model.notice = None;
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::Top => jump(model, 0),
        Action::Bottom => jump(model, usize::MAX),
        Action::HalfPageDown => step(model, page(model) / 2),
        Action::HalfPageUp => step(model, -(page(model) / 2)),
        Action::PageDown => step(model, page(model)),
        Action::PageUp => step(model, -page(model)),
        Action::ScrollDown => scroll(model, 1),
        Action::ScrollUp => scroll(model, -1),
        Action::Open(tab) => open(model, tab),
        Action::NextTab => open(model, neighbour(model.tab, 1)),
        Action::PreviousTab => open(model, neighbour(model.tab, Tab::ALL.len() - 1)),
        Action::Evidence => open_evidence(model),
        Action::Pane => {
            model.pane = Some(model.geometry().pane.is_none());
            Vec::new()
        }
        Action::Back => back(model),
        Action::Stage(verdict) => stage(model, verdict),
        Action::Unstage => unstage(model),
        Action::UnstageAll => {
            let count = model.tray.clear();
            model.say(Tone::Info, format!("{count} unstaged; z brings them back"));
            Vec::new()
        }
        Action::Review => open_review(model),
        Action::Recall => recall(model),
        Action::Filter => {
            let text =
                model.current_table().map(|table| table.filter().text().to_owned()).unwrap_or_default();
            model.typing = Some(Input::new(text));
            Vec::new()
        }
        Action::Times => {
            model.times = model.times.next();
            for list in List::ALL {
                let (table, evidence, times) = model.table_mut(list);
                if !table.filter().is_empty() {
                    table.arrange(evidence, times);
                }
            }
            let word = model.times.word();
            model.say(Tone::Info, format!("times as {word}"));
            Vec::new()
        }
        Action::Refresh => refresh(model),
        Action::AutoRefresh => {
            model.next_refresh =
                if model.next_refresh.is_some() { None } else { Some(model.now + AUTO_REFRESH) };
            let on = model.next_refresh.is_some();
            model.say(Tone::Info, if on { "refreshing every minute" } else { "no automatic refresh" });
            Vec::new()
        }
        Action::Accept => accept(model),
        Action::Reason | Action::TicketField => {
            if let Some(Overlay::Review(review)) = &mut model.overlay {
                review.typing = Some(if action == Action::Reason { Typing::Reason } else { Typing::Ticket });
            }
            Vec::new()
        }
        Action::IncludeHidden | Action::IncludeRemediated => include(model, action),
        Action::LeaveOut => leave_out(model),
        Action::Help => {
            model.overlay = Some(Overlay::Help { scroll: 0 });
            Vec::new()
        }
        Action::Quit => quit(model),
        Action::QuitSend => leave(model, true),
        Action::QuitRecall => leave(model, false),
        Action::Suspend => vec![Effect::Suspend],
        Action::Repaint => vec![Effect::Repaint],
        _ => {
            act_on_table(model, action);
            Vec::new()
        }
    }
}

/// What concerns the open table alone.
fn act_on_table(model: &mut Model, action: Action) {
    let before = model.before.map(|(.., place)| place);
    let Some((table, evidence, times)) = model.current() else { return };
    let said = match action {
        Action::Left => {
            table.step_cell(-1);
            None
        }
        Action::Right => {
            table.step_cell(1);
            None
        }
        Action::Mark => {
            table.toggle_mark();
            None
        }
        Action::Range => {
            table.toggle_range();
            table.in_range().then(|| "range: move, then v again".to_owned())
        }
        Action::MarkAll => Some(format!("{} rows marked: all that are shown", table.mark_all())),
        Action::MarkSame => {
            table.mark_same(evidence).map(|(count, value)| format!("{count} rows marked: {value}"))
        }
        Action::Invert => {
            table.invert();
            Some(format!("{} rows marked", table.marked()))
        }
        Action::Unmark => {
            table.unmark();
            None
        }
        Action::UnmarkAll => {
            let count = table.marked();
            table.unmark_all();
            Some(format!("{count} unmarked; gv marks them again"))
        }
        Action::MarkAgain => {
            let count = table.mark_again();
            if let Some(place) = before {
                table.put_cursor(place);
            }
            Some(format!("{count} rows marked again"))
        }
        Action::NextMatch | Action::PreviousMatch => {
            let found = table.find(action == Action::NextMatch, evidence, times);
            (!found).then(|| "no row matches the last filter".to_owned())
        }
        Action::Sort => {
            table.sort_by_cell(evidence, times);
            let sort = table.sort();
            let arrow = if sort.descending { "down" } else { "up" };
            Some(format!("sorted by {}, {arrow}", table.columns()[sort.column].title))
        }
        Action::Reverse => {
            table.reverse(evidence, times);
            None
        }
        Action::Wide => {
            table.toggle_wide(evidence, times);
            None
        }
        _ => None,
    };
    if let Some(text) = said {
        model.say(Tone::Info, text);
    }
}

fn page(model: &Model) -> isize {
    let geometry = model.geometry();
    let rows = match model.overlay {
        Some(Overlay::Help { .. } | Overlay::Evidence { .. }) => {
            usize::from(geometry.screen.height.saturating_sub(4))
        }
        Some(Overlay::Review(_)) => usize::from(geometry.screen.height / 2),
        _ if model.tab == Tab::Queue => usize::from(geometry.queue(model.queue_tab.open.is_some()).0.height),
        _ => geometry.page(),
    };
    rows.max(1) as isize
}

fn step(model: &mut Model, rows: isize) -> Vec<Effect> {
    match &mut model.overlay {
        Some(Overlay::Help { scroll } | Overlay::Evidence { scroll }) => {
            *scroll = scroll.saturating_add_signed(rows)
        }
        Some(Overlay::Review(review)) => {
            let last = review.entries.len().saturating_sub(1);
            review.cursor = review.cursor.saturating_add_signed(rows).min(last);
        }
        Some(Overlay::Quit(_)) => {}
        None if model.tab == Tab::Queue => {
            let page = page(model) as usize;
            model.queue_tab.step(&model.queue, rows, page);
        }
        None => {
            model.pane_scroll = 0;
            if let Some((table, ..)) = model.current() {
                table.step(rows);
            }
        }
    }
    clamp_overlay(model);
    Vec::new()
}

fn jump(model: &mut Model, place: usize) -> Vec<Effect> {
    if model.overlay.is_none() && model.tab != Tab::Queue {
        model.pane_scroll = 0;
        if let Some((table, ..)) = model.current() {
            table.put_cursor(place);
        }
        return Vec::new();
    }
    step(model, if place == 0 { isize::MIN / 2 } else { isize::MAX / 2 })
}

/// Scrolls the pane; on the whole screen, goes to the next row.
fn scroll(model: &mut Model, rows: isize) -> Vec<Effect> {
    if let Some(Overlay::Evidence { scroll }) = &mut model.overlay {
        *scroll = 0;
        if let Some((table, ..)) = model.current() {
            table.step(rows);
        }
        return ask_history(model);
    }
    if model.overlay.is_none() {
        model.pane_scroll = model.pane_scroll.saturating_add_signed(rows * 3);
    }
    Vec::new()
}

/// Keeps what is scrolled from running past its end.
fn clamp_overlay(model: &mut Model) {
    let area = model.geometry().sheet();
    let lines = match &model.overlay {
        Some(Overlay::Help { .. }) => sheet::help(model, area.width).len(),
        Some(Overlay::Evidence { .. }) => {
            model.cursor_row().map_or(0, |row| sheet::evidence(model, &**row, area.width).len())
        }
        _ => return,
    };
    if let Some(Overlay::Help { scroll } | Overlay::Evidence { scroll }) = &mut model.overlay {
        *scroll = (*scroll).min(lines.saturating_sub(usize::from(area.height)));
    }
}

fn neighbour(tab: Tab, by: usize) -> Tab {
    let place = Tab::ALL.iter().position(|known| *known == tab).unwrap_or(0);
    Tab::ALL[(place + by) % Tab::ALL.len()]
}

fn open(model: &mut Model, tab: Tab) -> Vec<Effect> {
    if let Some((table, ..)) = model.current() {
        table.end_range();
    }
    model.tab = tab;
    model.overlay = None;
    model.pane_scroll = 0;
    Vec::new()
}

fn open_evidence(model: &mut Model) -> Vec<Effect> {
    if model.tab == Tab::Queue {
        model.queue_tab.open = model.queue_tab.current(&model.queue);
        model.queue_tab.scroll = 0;
        return Vec::new();
    }
    model.overlay = Some(Overlay::Evidence { scroll: 0 });
    ask_history(model)
}

fn back(model: &mut Model) -> Vec<Effect> {
    if let Some(overlay) = model.overlay.take() {
        if matches!(overlay, Overlay::Review(_)) {
            model.say(Tone::Info, "nothing was sent; everything stays staged");
        }
        return Vec::new();
    }
    if model.tab == Tab::Queue {
        model.queue_tab.open = None;
        return Vec::new();
    }
    if let Some((table, evidence, times)) = model.current() {
        if table.in_range() {
            table.end_range();
        } else if !table.filter().is_empty() {
            table.set_filter("", evidence, times);
        }
    }
    Vec::new()
}

// ---- typing ----

fn type_key(model: &mut Model, key: KeyPress) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc | KeyCode::Enter => {
            let keep = key.code == KeyCode::Enter;
            if model.typing.take().is_some() {
                if !keep && let Some((table, evidence, times)) = model.current() {
                    table.set_filter("", evidence, times);
                }
            } else if let Some(Overlay::Review(review)) = &mut model.overlay {
                if !keep && let Some(field) = review.field() {
                    field.reset();
                }
                review.typing = None;
            }
            return Vec::new();
        }
        KeyCode::Up | KeyCode::Down if model.typing.is_some() => {
            return step(model, if key.code == KeyCode::Up { -1 } else { 1 });
        }
        _ => {}
    }
    if let Some(request) = request(key) {
        edit(model, &[request]);
    }
    Vec::new()
}

/// What a key means in a text.
fn request(key: KeyPress) -> Option<InputRequest> {
    Some(match (key.code, key.control) {
        (KeyCode::Char(character), false) => InputRequest::InsertChar(character),
        (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => InputRequest::DeletePrevChar,
        (KeyCode::Delete, false) => InputRequest::DeleteNextChar,
        (KeyCode::Left, false) | (KeyCode::Char('b'), true) => InputRequest::GoToPrevChar,
        (KeyCode::Right, false) | (KeyCode::Char('f'), true) => InputRequest::GoToNextChar,
        (KeyCode::Left, true) => InputRequest::GoToPrevWord,
        (KeyCode::Right, true) => InputRequest::GoToNextWord,
        (KeyCode::Home, _) | (KeyCode::Char('a'), true) => InputRequest::GoToStart,
        (KeyCode::End, _) | (KeyCode::Char('e'), true) => InputRequest::GoToEnd,
        (KeyCode::Char('w'), true) | (KeyCode::Backspace, true) => InputRequest::DeletePrevWord,
        (KeyCode::Char('u'), true) => InputRequest::DeleteLine,
        (KeyCode::Char('k'), true) => InputRequest::DeleteTillEnd,
        _ => return None,
    })
}

/// More than any reason, ticket or filter needs; a paste of a megabyte would make every key slow.
const LONGEST_INPUT: usize = 500;

fn edit(model: &mut Model, requests: &[InputRequest]) {
    let input = match (&mut model.typing, &mut model.overlay) {
        (Some(input), _) => input,
        (None, Some(Overlay::Review(review))) => match review.field() {
            Some(field) => field,
            None => return,
        },
        _ => return,
    };
    for request in requests {
        let inserts = matches!(request, InputRequest::InsertChar(_));
        if !inserts || input.value().len() < LONGEST_INPUT {
            input.handle(*request);
        }
    }
    let Some(text) = model.typing.as_ref().map(|input| input.value().to_owned()) else { return };
    if let Some((table, evidence, times)) = model.current() {
        table.set_filter(&text, evidence, times);
    }
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if !model.is_typing() {
        model.say(Tone::Refusal, "paste ignored: no text is being typed");
        return Vec::new();
    }
    let clean: Vec<InputRequest> = crate::entity::harmless(text.lines().next().unwrap_or_default())
        .chars()
        .take(LONGEST_INPUT)
        .map(InputRequest::InsertChar)
        .collect();
    edit(model, &clean);
    Vec::new()
}

// ---- verdicts ----

fn stage(model: &mut Model, verdict: Verdict) -> Vec<Effect> {
    let (list, rows) = model.chosen();
    let Some(list) = list else { return Vec::new() };
    let hidden = model.current_table().map_or(0, super::table::Table::hidden_marks);
    let total = rows.len();
    let verdicts: Vec<Staged> = rows
        .iter()
        .filter_map(|row| {
            let target = row.target()?;
            Some(Staged { target, verdict, origin: (list, row.key()), standing: row.standing() })
        })
        .collect();
    let without_id = total - verdicts.len();
    let about: Vec<Target> = verdicts.iter().map(|staged| staged.target).collect();
    let count = model.tray.stage(verdicts);
    let mut said = format!("{verdict} staged on {}", counted(&about, count));
    if without_id > 0 {
        said.push_str(&format!("; {without_id} without an id left out"));
    }
    if hidden > 0 {
        said.push_str(&format!("; {hidden} hidden marks left out"));
    }
    if count > 0 {
        said.push_str("; $ reviews and sends");
    }
    model.say(Tone::Info, said);
    let marked = model.current_table().is_some_and(|table| table.marked() > 0);
    if let Some((table, ..)) = model.current() {
        table.end_range();
        if marked {
            table.unmark_shown();
        } else {
            table.step(1);
        }
    }
    Vec::new()
}

/// The targets in words: `3 users`, `1 sign-in and 2 users`.
fn counted(targets: &[Target], distinct: usize) -> String {
    let users = targets.iter().filter(|target| target.kind() == Kind::User).count();
    let sign_ins = targets.len() - users;
    match (sign_ins, users) {
        (0, _) => format!("{distinct} {}", Kind::User.noun(distinct)),
        (_, 0) => format!("{distinct} {}", Kind::SignIn.noun(distinct)),
        _ => format!("{distinct} sign-ins and users"),
    }
}

fn unstage(model: &mut Model) -> Vec<Effect> {
    let targets: Vec<Target> = model.chosen().1.iter().filter_map(|row| row.target()).collect();
    let count = model.tray.unstage(&targets);
    let said = if count == 0 {
        "nothing is staged here".to_owned()
    } else {
        format!("{count} unstaged; z brings them back")
    };
    model.say(if count == 0 { Tone::Refusal } else { Tone::Info }, said);
    Vec::new()
}

fn open_review(model: &mut Model) -> Vec<Effect> {
    let staged: Vec<Staged> = model.tray.in_order().into_iter().cloned().collect();
    let review = Review::open(staged, model, &model.session, model.now);
    model.overlay = Some(Overlay::Review(Box::new(review)));
    Vec::new()
}

fn include(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(Overlay::Review(review)) = &mut model.overlay {
        match action {
            Action::IncludeHidden => review.with_hidden = !review.with_hidden,
            _ => review.with_remediated = !review.with_remediated,
        }
        review.number.clear();
    }
    Vec::new()
}

fn leave_out(model: &mut Model) -> Vec<Effect> {
    if let Some(Overlay::Review(review)) = &mut model.overlay {
        let target = review.leave_out();
        let empty = review.entries.is_empty();
        if let Some(target) = target {
            model.tray.unstage(&[target]);
        }
        if empty {
            model.overlay = None;
            model.say(Tone::Info, "nothing is left to review");
        }
    }
    Vec::new()
}

/// Hands what the review shows to the queue: the very targets that were on the screen.
fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Review(review)) = model.overlay.take() else { return Vec::new() };
    let staged: Vec<Staged> = review.included().cloned().collect();
    let orders: Vec<Order> = staged.iter().map(order).collect();
    let targets: Vec<Target> = orders.iter().map(|order| order.target).collect();
    let submission = Submission {
        id: model.new_submission(),
        at: model.now,
        grace: model.session.grace,
        reason: review.reason.value().trim().to_owned(),
        ticket: review.ticket.value().trim().to_owned(),
        orders,
    };
    model.tray.remove_sent(&targets);
    model.handed_over.insert(submission.id, staged);
    let grace = model.session.grace.as_secs();
    let count = targets.len();
    model.say(
        Tone::Info,
        if grace == 0 {
            format!("{count} targets sent")
        } else {
            format!("{count} targets go out in {grace} s; z calls them back")
        },
    );
    vec![Effect::Queue(Command::Submit(submission))]
}

fn order(staged: &Staged) -> Order {
    let standing = &staged.standing;
    Order {
        target: staged.target,
        verdict: staged.verdict,
        user: standing.user,
        name: standing.name.clone(),
        context: standing.context.clone(),
        time: standing.time,
        seen: Seen {
            level: standing.level.clone(),
            state: standing.state.clone(),
            detail: standing.detail.clone(),
        },
    }
}

fn recall(model: &mut Model) -> Vec<Effect> {
    if let Some(view) = model.queue.in_grace() {
        return vec![Effect::Queue(Command::Recall(view.submission.id))];
    }
    let count = model.tray.undo();
    model.say(Tone::Info, format!("the last staging is undone: {count} targets"));
    Vec::new()
}

fn refresh(model: &mut Model) -> Vec<Effect> {
    let Some(list) = model.tab.list() else {
        let stuck = model.queue.submissions().iter().filter(|view| {
            let can_try =
                |state| matches!(state, TargetState::NotSeen | TargetState::Unknown | TargetState::Rejected);
            view.counts().sum(can_try) > 0
        });
        let retries: Vec<Effect> =
            stuck.map(|view| Effect::Queue(Command::Retry(view.submission.id))).collect();
        model.say(Tone::Info, "trying again");
        return retries.into_iter().chain([Effect::Queue(Command::Resume)]).collect();
    };
    // What the lists say of each other is read together, so that the evidence is of one moment.
    let mut effects = load(model, list);
    for other in List::ALL.into_iter().filter(|other| *other != list) {
        effects.extend(load(model, other));
    }
    effects
}

fn queue_event(model: &mut Model, event: &QueueEvent) -> Vec<Effect> {
    model.queue.apply(event);
    match event {
        QueueEvent::Targets { submission, targets, state: TargetState::Recalled, .. } if !model.leaving => {
            // What was called back is staged again: the analyst decides anew, and nothing is lost.
            let handed_over = model.handed_over.get(submission).map_or(&[][..], Vec::as_slice);
            let back =
                handed_over.iter().filter(|staged| targets.contains(&staged.target)).cloned().collect();
            model.tray.stage(back);
        }
        QueueEvent::Refused { submission, why } => {
            // Nothing staged may be lost because the queue would not take it.
            let back = model.handed_over.remove(submission).unwrap_or_default();
            let count = back.len();
            model.tray.stage(back);
            model.say(Tone::Alarm, format!("NOT SENT: {why}; {count} verdicts are staged again"));
        }
        QueueEvent::Paused(pause) => {
            model.say(Tone::Alarm, format!("{} {}", pause.text(), pause.next_step()));
        }
        QueueEvent::Recalled { submission, recalled, already_sent } => {
            let already =
                if *already_sent > 0 { format!("; {already_sent} were sent already") } else { String::new() };
            let again = if *recalled > 0 { " and staged again" } else { "" };
            model.say(Tone::Info, format!("submission {submission}: {recalled} recalled{again}{already}"));
        }
        QueueEvent::Stopped if model.leaving => return vec![Effect::Quit],
        _ => {}
    }
    Vec::new()
}

// ---- leaving ----

fn quit(model: &mut Model) -> Vec<Effect> {
    if model.leaving {
        // Asked twice: the analyst does not want to wait for the queue.
        return vec![Effect::Quit];
    }
    let unfinished = model.unfinished();
    if matches!(model.overlay, Some(Overlay::Quit(_))) || unfinished.is_empty() {
        return leave(model, false);
    }
    model.overlay = Some(Overlay::Quit(unfinished));
    Vec::new()
}

fn leave(model: &mut Model, send: bool) -> Vec<Effect> {
    model.leaving = true;
    model.overlay = None;
    model.say(Tone::Info, if send { "sending what waits, then leaving" } else { "leaving" });
    let mut effects = Vec::new();
    if !send {
        let open = model.queue.submissions().iter();
        let open = open.filter(|view| view.counts().sum(TargetState::can_recall) > 0);
        effects.extend(open.map(|view| Effect::Queue(Command::Recall(view.submission.id))));
    }
    effects.push(Effect::Queue(Command::Shutdown { finish: send }));
    effects
}
