//! Every screen, at 80x24 and at 160x50, as text and as styles. The rows are the simulated tenant's, read over HTTP with the
//! client that talks to Graph; time stands still.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use entriage::app::{Effect, List, Message, Model, Problem, Rows, Session, Ticket, update};
use entriage::auth::ReadyToken;
use entriage::entity::{Target, Text};
use entriage::graph::{
    Budgets, Client, DetectionsQuery, Priority, SignInsQuery, UsersQuery, ensure_tls_provider,
};
use entriage::queue::{Command, Phase, QueueEvent, Submission, TargetState};
use entriage::simulator::{Options, Simulator, Throttle};
use entriage::ui::{self, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 14, 12, 0, 0).unwrap()
}

/// The pages of the three lists, read once.
struct Lists {
    users: Rows,
    sign_ins: Rows,
    detections: Rows,
}

fn lists() -> &'static Lists {
    static LISTS: OnceLock<Lists> = OnceLock::new();
    LISTS.get_or_init(|| {
        ensure_tls_provider();
        let options = Options {
            seed: 7,
            users: 400,
            sign_ins: 4_000,
            throttle: Throttle::Off,
            now: Some(now()),
            ..Options::default()
        };
        let simulator = Simulator::start(options).unwrap();
        let url = simulator.url().as_str().parse().unwrap();
        let credential = Arc::new(ReadyToken::new(&simulator.token()).unwrap());
        let client = Client::new(url, credential, Budgets::unlimited()).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(read(&client))
    })
}

async fn read(client: &Client) -> Lists {
    let since = now() - TimeDelta::days(7);
    let (mut users, mut sign_ins, mut detections) = (Vec::new(), Vec::new(), Vec::new());
    client
        .users(UsersQuery::at_risk(), Priority::Read, |page| {
            users.extend(page.rows);
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
    let query = SignInsQuery::at_risk(since);
    client
        .sign_ins(query, Priority::Read, |page| {
            sign_ins.extend(page.rows);
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
    let query = DetectionsQuery::at_risk(since);
    client
        .detections(query, Priority::Read, |page| {
            detections.extend(page.rows);
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
    Lists {
        users: Rows::Users(users),
        sign_ins: Rows::SignIns(sign_ins),
        detections: Rows::Detections(detections),
    }
}

struct Screen {
    model: Model,
    theme: Theme,
    effects: Vec<Effect>,
}

impl Screen {
    fn empty(size: (u16, u16)) -> Self {
        let session = Session {
            profile: "demo".into(),
            account: "dana.reyes@contoso.example".into(),
            tenant: "Contoso (simulated)".into(),
            cloud: "127.0.0.1:4711".into(),
            write: true,
            ..Session::default()
        };
        let mut model = Model::new(session, size, now());
        let effects = model.start();
        Self { model, theme: Theme::named("dark").unwrap(), effects }
    }

    fn loaded(size: (u16, u16)) -> Self {
        let mut screen = Self::empty(size);
        for (list, rows) in [
            (List::Users, &lists().users),
            (List::SignIns, &lists().sign_ins),
            (List::Detections, &lists().detections),
        ] {
            let ticket = screen.ticket(list);
            screen.tell(Message::Page { ticket, rows: rows.clone(), rejected: Vec::new() });
            screen.tell(Message::Loaded { ticket, remark: None });
        }
        screen
    }

    fn ticket(&self, list: List) -> Ticket {
        let found = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Load(ticket, known) if *known == list => Some(*ticket),
            _ => None,
        });
        found.unwrap()
    }

    fn tell(&mut self, message: Message) {
        let effects = update(&mut self.model, message);
        self.effects.extend(effects);
    }

    fn pass(&mut self, milliseconds: i64) {
        let later = self.model.now + TimeDelta::milliseconds(milliseconds);
        self.tell(Message::Time(later));
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        for key in entriage::app::key::sequence(keys) {
            self.tell(Message::Key(key));
        }
        self
    }

    fn submission(&self) -> Submission {
        let found = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Queue(Command::Submit(submission)) => Some(submission.clone()),
            _ => None,
        });
        found.unwrap()
    }

    /// The text of the screen, then a letter for each cell's style, then what the letters mean.
    fn dump(&self) -> String {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        ui::draw(&self.model, &self.theme, &mut buffer);
        let mut legend: Vec<Style> = vec![ratatui::buffer::Cell::default().style()];
        let (mut text, mut styles) = (String::new(), String::new());
        for y in 0..height {
            let mut skip = 0;
            for x in 0..width {
                let cell = &buffer[(x, y)];
                if skip > 0 {
                    skip -= 1;
                } else {
                    text.push_str(cell.symbol());
                    skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
                }
                let style = cell.style();
                let place = legend.iter().position(|known| *known == style).unwrap_or_else(|| {
                    legend.push(style);
                    legend.len() - 1
                });
                styles.push(if place == 0 { '.' } else { char::from(b'a' + (place - 1) as u8) });
            }
            let end = text.trim_end_matches(' ').len();
            text.truncate(end);
            text.push('\n');
            let end = styles.trim_end_matches('.').len();
            styles.truncate(end);
            styles.push('\n');
        }
        let mut dump = format!("{text}---\n{styles}---\n");
        for (place, style) in legend.iter().enumerate().skip(1) {
            let letter = char::from(b'a' + (place - 1) as u8);
            let mut words = Vec::new();
            words.extend(style.fg.filter(|c| *c != ratatui::style::Color::Reset).map(|c| format!("{c}")));
            words.extend(style.bg.filter(|c| *c != ratatui::style::Color::Reset).map(|c| format!("on {c}")));
            if !style.add_modifier.is_empty() {
                words.push(format!("{:?}", style.add_modifier));
            }
            let _ = writeln!(dump, "{letter} {}", words.join(" "));
        }
        dump
    }
}

/// A story told twice, on a small and on a large screen.
fn look(name: &str, story: impl Fn(&mut Screen)) {
    for (columns, rows) in [(80, 24), (160, 50)] {
        let mut screen = Screen::loaded((columns, rows));
        story(&mut screen);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), screen.dump());
    }
}

#[test]
fn users() {
    look("users", |screen| {
        screen.press("1j");
    });
}

#[test]
fn sign_ins_marked_and_staged() {
    look("sign_ins", |screen| {
        screen.press("<space><space>sjcj<space>");
    });
}

#[test]
fn detections_wide_in_utc() {
    look("detections", |screen| {
        screen.press("3wtjj");
    });
}

#[test]
fn a_filter_being_typed() {
    look("filter", |screen| {
        screen.press("*/passwordspray !high");
    });
}

#[test]
fn a_filter_that_matches_nothing() {
    look("filter_nothing", |screen| {
        screen.press("/nobody at all<enter>");
    });
}

#[test]
fn evidence_on_the_whole_screen() {
    look("evidence_sign_in", |screen| {
        screen.press("<enter>");
    });
    look("evidence_user", |screen| {
        screen.press("1<enter>");
    });
    look("evidence_detection", |screen| {
        screen.press("3<enter>");
    });
}

#[test]
fn help() {
    look("help", |screen| {
        screen.press("?");
    });
}

#[test]
fn the_review() {
    look("review", |screen| {
        screen.press("<space><space><space>sjc1jdjc$");
        screen.pass(400);
    });
}

#[test]
fn the_review_with_a_reason_being_typed_and_a_wrong_number() {
    look("review_typing", |screen| {
        screen.press("vjjjjjjjjjjjjjc$");
        screen.pass(400);
        screen.press("3yrspray from one network");
    });
}

#[test]
fn the_queue() {
    look("queue", |screen| {
        queue_story(screen);
        screen.press("4");
    });
    look("queue_targets", |screen| {
        queue_story(screen);
        screen.press("4j<enter>");
    });
}

/// One submission under way with every kind of outcome, one in grace.
fn queue_story(screen: &mut Screen) {
    screen.press("vjjjjjjjvs$");
    screen.pass(400);
    screen.press("rVPN egress of the new office<enter>tINC-4711<enter>y");
    let submission = screen.submission();
    let (id, targets) = (submission.id, submission.orders.iter().map(|o| o.target).collect::<Vec<Target>>());
    let tell = |screen: &mut Screen, range: std::ops::Range<usize>, state, note: Option<&str>| {
        let targets = targets[range].to_vec();
        let note = note.map(str::to_owned);
        screen.tell(Message::Queue(QueueEvent::Targets { submission: id, targets, state, note }));
    };
    screen.tell(Message::Queue(QueueEvent::Accepted { submission: submission.clone(), batches: 1 }));
    screen.tell(Message::Queue(QueueEvent::Batch {
        submission: id,
        number: 1,
        of: 3,
        size: 8,
        kind: entriage::entity::Kind::SignIn,
        verdict: entriage::entity::Verdict::Safe,
        phase: Phase::Answered,
        client_request_id: "5e4d3c2b-1a09-4f8e-8d7c-6b5a49382716".parse().unwrap(),
        request_id: None,
    }));
    tell(screen, 0..4, TargetState::Verified, None);
    tell(screen, 4..5, TargetState::Accepted, None);
    tell(
        screen,
        5..6,
        TargetState::Rejected,
        Some("BadRequest: These requestIds do not exist in your tenant"),
    );
    tell(screen, 6..7, TargetState::Unknown, Some("no answer within 30 s"));
    tell(screen, 7..8, TargetState::Sending, None);
    screen.tell(Message::Queue(QueueEvent::Estimate { remaining_calls: 2, seconds: 4 }));
    screen.press("jc$");
    screen.pass(400);
    screen.press("1y");
    let second = screen.submission();
    screen.tell(Message::Queue(QueueEvent::Accepted { submission: second, batches: 1 }));
    screen.pass(3_000);
}

#[test]
fn quitting_with_work_open() {
    look("quit", |screen| {
        queue_story(screen);
        screen.press("sq");
    });
}

#[test]
fn while_pages_arrive_and_when_a_loading_fails() {
    for (columns, rows) in [(80, 24), (160, 50)] {
        let mut screen = Screen::empty((columns, rows));
        insta::assert_snapshot!(format!("loading_{columns}x{rows}"), screen.dump());
        let ticket = screen.ticket(List::SignIns);
        screen.tell(Message::LoadFailed {
            ticket,
            problem: Problem {
                what: "reading sign-ins".into(),
                why: "this token may not do that".into(),
                next: "ask for AuditLog.Read.All".into(),
                code: Text::new("Authorization_RequestDenied"),
                request_id: Text::new("77665544-3322-4110-8fee-ddccbbaa9988"),
            },
        });
        insta::assert_snapshot!(format!("load_failed_{columns}x{rows}"), screen.dump());
    }
}

#[test]
fn an_empty_tenant() {
    let mut screen = Screen::empty((80, 24));
    for list in List::ALL {
        let ticket = screen.ticket(list);
        screen.tell(Message::Loaded { ticket, remark: None });
    }
    insta::assert_snapshot!("empty_tenant_80x24", screen.dump());
}

#[test]
fn without_colour_and_read_only() {
    let mut screen = Screen::loaded((80, 24));
    screen.theme = Theme::mono();
    screen.model.session.write = false;
    screen.press("<space>js");
    insta::assert_snapshot!("mono_read_only_80x24", screen.dump());
}

#[test]
fn a_terminal_of_20x5() {
    let screen = Screen::loaded((20, 5));
    insta::assert_snapshot!("too_small_20x5", screen.dump());
}

#[test]
fn no_size_breaks_any_screen() {
    let stories = ["", "1", "3w", "?", "<enter>", "/x", "sjc$", "s$r", "4", "sq"];
    for story in stories {
        let mut screen = Screen::loaded((100, 30));
        screen.press(story);
        for columns in (0..140).step_by(7) {
            for rows in (0..50).step_by(3) {
                screen.tell(Message::Resize(columns, rows));
                let _ = screen.dump();
            }
        }
    }
}
