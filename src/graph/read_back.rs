//! Reading back what became of verdicts (rule R10): one list for many targets, never one call for each.

use super::budget::Priority;
use super::client::Client;
use super::endpoint;
use super::error::{GraphError, GraphErrorKind};
use super::page::{Page, read_one};
use super::query::{SignInsQuery, users_updated_since};
use crate::entity::{Reading, RiskyUser, SignIn, Target, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;
use std::ops::ControlFlow;

/// How far a change may seem to lie before the call that made it: two clocks.
const CLOCKS: TimeDelta = TimeDelta::minutes(2);
/// How long risky sign-ins are kept at most in a log that is read here (API.md section 11).
const KEPT: TimeDelta = TimeDelta::days(30);

/// How many pages one list is searched through. Only a list whose filter was refused is longer, and it must not use up
/// the budgets.
const MOST_PAGES: usize = 40;

/// A target whose state is to be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which target.
    pub target: Target,
    /// The verdict that was given on it.
    pub verdict: Verdict,
    /// When a sign-in took place, if known; it keeps the list short.
    pub time: Option<DateTime<Utc>>,
    /// When the verdict was first sent.
    pub since: DateTime<Utc>,
}

impl Client {
    /// Reads back many targets. There is no reading for a target that was not found: it may not show its verdict yet, or
    /// show another's; [`Client::read_one`] tells.
    ///
    /// Users come from one list of what changed since the first verdict, sign-ins from one list for each verdict of what
    /// is in the state that it makes. Where the service refuses the filter, longer lists are read
    /// until all are found, or for 40 pages.
    pub async fn read_back(&self, wanted: &[Wanted]) -> Result<Vec<Reading>, GraphError> {
        let mut readings = self.read_back_users(wanted).await?;
        for verdict in Verdict::ALL {
            readings.extend(self.read_back_sign_ins(wanted, verdict).await?);
        }
        Ok(readings)
    }

    async fn read_back_users(&self, wanted: &[Wanted]) -> Result<Vec<Reading>, GraphError> {
        let wanted: Vec<&Wanted> =
            wanted.iter().filter(|wanted| matches!(wanted.target, Target::User(_))).collect();
        let Some(since) = wanted.iter().map(|wanted| wanted.since).min() else { return Ok(Vec::new()) };
        let mut search = Search::new(wanted.iter().map(|wanted| wanted.target));
        let plans = users_updated_since(since - CLOCKS);
        let on_page = |page: Page<RiskyUser>| search.look(page.rows.iter().map(of_user));
        self.inner.list(&endpoint::USERS, "", plans, Priority::Verify, |_| true, on_page).await?;
        Ok(search.found)
    }

    async fn read_back_sign_ins(
        &self,
        wanted: &[Wanted],
        verdict: Verdict,
    ) -> Result<Vec<Reading>, GraphError> {
        let is_wanted =
            |wanted: &&Wanted| matches!(wanted.target, Target::SignIn(_)) && wanted.verdict == verdict;
        let wanted: Vec<&Wanted> = wanted.iter().filter(is_wanted).collect();
        let Some(earliest) = wanted.iter().map(|wanted| wanted.time.unwrap_or(wanted.since - KEPT)).min()
        else {
            return Ok(Vec::new());
        };
        let latest = wanted.iter().map(|wanted| wanted.time.unwrap_or(wanted.since)).max();
        let query = SignInsQuery {
            states: vec![verdict.resulting_state()],
            until: latest,
            ..SignInsQuery::all(earliest)
        };
        let mut search = Search::new(wanted.iter().map(|wanted| wanted.target));
        let on_page = |page: Page<SignIn>| search.look(page.rows.iter().map(of_sign_in));
        // A list that was not filtered by state shows other states too, which is welcome: nothing is left out.
        let (list, plans) = (&endpoint::SIGN_INS, query.plans());
        self.inner.list(list, "", plans, Priority::Verify, |_| true, on_page).await?;
        Ok(search.found)
    }

    /// Reads one target by itself, whatever its state; `None` if the service knows it not. For a sign-in that need not
    /// mean that it does not exist: single sign-ins have been answered with 404 throughout (API.md section 11).
    pub async fn read_one(&self, target: Target) -> Result<Option<Reading>, GraphError> {
        let endpoint = match target {
            Target::User(_) => &endpoint::USER,
            Target::SignIn(_) => &endpoint::SIGN_IN,
        };
        let url = self.inner.root.join(&endpoint.path_of(&target.to_string()));
        let body = match self.inner.get(endpoint, &url, Priority::Verify).await {
            Ok(body) => body,
            Err(error) if error.kind() == GraphErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let reading = match target {
            Target::User(_) => read_one(&body).map(|user| user.as_ref().map(of_user)),
            Target::SignIn(_) => read_one(&body).map(|sign_in| sign_in.as_ref().map(of_sign_in)),
        };
        let reading = reading.map_err(|(kind, message)| self.inner.error(kind, endpoint, &message))?;
        // What answers for another target answers for none.
        Ok(reading.filter(|reading| reading.target == target))
    }
}

/// The targets that are still looked for, and what was found.
struct Search {
    missing: HashSet<Target>,
    found: Vec<Reading>,
    pages: usize,
}

impl Search {
    fn new(targets: impl Iterator<Item = Target>) -> Self {
        Self { missing: targets.collect(), found: Vec::new(), pages: 0 }
    }

    /// Takes the readings of a page that are looked for; breaks when nothing is missing any more, or enough was searched.
    fn look(&mut self, readings: impl Iterator<Item = Reading>) -> ControlFlow<()> {
        for reading in readings {
            if self.missing.remove(&reading.target) {
                self.found.push(reading);
            }
        }
        self.pages += 1;
        let over = self.missing.is_empty() || self.pages >= MOST_PAGES;
        if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn of_user(user: &RiskyUser) -> Reading {
    Reading {
        target: Target::User(user.id),
        level: user.risk_level.clone(),
        state: user.risk_state.clone(),
        detail: user.risk_detail.clone(),
        processing: user.is_processing == Some(true),
        updated: user.risk_last_updated,
    }
}

fn of_sign_in(sign_in: &SignIn) -> Reading {
    Reading {
        target: Target::SignIn(sign_in.id),
        level: sign_in.risk_level_aggregated.clone(),
        state: sign_in.risk_state.clone(),
        detail: sign_in.risk_detail.clone(),
        processing: false,
        updated: None,
    }
}
