//! Lists, page by page.

use super::budget::Priority;
use super::client::{Client, Inner};
use super::endpoint::{self, Endpoint};
use super::error::{GraphError, GraphErrorKind};
use super::page::{Body, Page, follow, read_list};
use super::query::{DetectionsQuery, Plan, Shape, SignInsQuery, UsersQuery, history};
use crate::entity::{Decoded, HistoryItem, RiskDetection, RiskyUser, SignIn, UserId};
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use std::ops::ControlFlow;
use url::Url;

/// The most pages that one list is followed through.
const MOST_PAGES: usize = 5_000;
/// How often a page is asked for again that arrived cut off.
const MOST_CUT_OFF: u32 = 2;

/// What became of a list, once its pages have been handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Rows handed over.
    pub rows: usize,
    /// Rows that arrived but did not match and were left out.
    pub left_out: usize,
    /// Items that could not become a row.
    pub rejected: usize,
    /// Pages read.
    pub pages: usize,
    /// The service refused a filter; rows were sorted out here instead.
    pub narrowed_here: bool,
    /// Non-interactive sign-ins were asked for, but the service refused that: only interactive ones are listed.
    pub interactive_only: bool,
    /// The receiver wanted no more pages.
    pub stopped: bool,
    /// The filters that the service refused this time, in OData.
    pub refused: Vec<String>,
}

impl Client {
    /// Lists risky users, in pages of 500, in whatever order the service likes. After an error the pages that were handed
    /// over stay valid.
    pub async fn users(
        &self,
        query: UsersQuery,
        priority: Priority,
        on_page: impl FnMut(Page<RiskyUser>) -> ControlFlow<()> + Send,
    ) -> Result<Listing, GraphError> {
        let plans = query.plans();
        let keep = |user: &RiskyUser| query.matches(user);
        self.inner.list(&endpoint::USERS, "", plans, priority, keep, on_page).await
    }

    /// Lists sign-ins from the beta log, in pages of 1,000, newest first. The log is slow and limited to 5 requests in 10
    /// seconds: the narrower the time, the better.
    pub async fn sign_ins(
        &self,
        query: SignInsQuery,
        priority: Priority,
        on_page: impl FnMut(Page<SignIn>) -> ControlFlow<()> + Send,
    ) -> Result<Listing, GraphError> {
        let plans = query.plans();
        let keep = |sign_in: &SignIn| query.matches(sign_in);
        self.inner.list(&endpoint::SIGN_INS, "", plans, priority, keep, on_page).await
    }

    /// Lists risk detections, in pages of 500.
    pub async fn detections(
        &self,
        query: DetectionsQuery,
        priority: Priority,
        on_page: impl FnMut(Page<RiskDetection>) -> ControlFlow<()> + Send,
    ) -> Result<Listing, GraphError> {
        let plans = query.plans();
        let keep = |detection: &RiskDetection| query.matches(detection);
        self.inner.list(&endpoint::DETECTIONS, "", plans, priority, keep, on_page).await
    }

    /// A user's whole risk history, in the service's order. A user who was never rated has none: that is an error of the
    /// kind [`GraphErrorKind::NotFound`].
    pub async fn history(
        &self,
        user: UserId,
        priority: Priority,
    ) -> Result<Decoded<HistoryItem>, GraphError> {
        let mut whole = Decoded { rows: Vec::new(), rejected: Vec::new() };
        let id = user.to_string();
        let add = |page: Page<HistoryItem>| {
            whole.rows.extend(page.rows);
            whole.rejected.extend(page.rejected);
            ControlFlow::Continue(())
        };
        self.inner.list(&endpoint::HISTORY, &id, vec![history()], priority, |_| true, add).await?;
        Ok(whole)
    }
}

impl Inner {
    /// Asks in the first way that the service does not refuse, and hands over its pages.
    pub(super) async fn list<T>(
        &self,
        endpoint: &'static Endpoint,
        id: &str,
        plans: Vec<Plan>,
        priority: Priority,
        keep: impl Fn(&T) -> bool + Send + Sync,
        mut on_page: impl FnMut(Page<T>) -> ControlFlow<()> + Send,
    ) -> Result<Listing, GraphError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let mut listing = Listing::default();
        let last = plans.len().saturating_sub(1);
        for (position, plan) in plans.iter().enumerate() {
            if position < last && self.is_refused(plan.shape) {
                continue;
            }
            listing.narrowed_here = plan.narrowed_here;
            listing.interactive_only = plan.interactive_only;
            match self.walk(endpoint, id, plan, priority, &keep, &mut on_page, &mut listing).await {
                Err(error) if position < last && listing.pages == 0 && error.status() == Some(400) => {
                    listing.refused.push(plan.filter.clone());
                }
                Err(error) => return Err(error),
                Ok(()) => {
                    // Only now is it certain that the shape was at fault, and not something that all share.
                    let refused = plans[..position].iter().map(|plan| plan.shape);
                    refused
                        .filter(|shape| *shape != Shape::Plain)
                        .for_each(|shape| self.remember_refused(shape));
                    return Ok(listing);
                }
            }
        }
        Ok(listing)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one walk, used in one place")]
    async fn walk<T>(
        &self,
        endpoint: &'static Endpoint,
        id: &str,
        plan: &Plan,
        priority: Priority,
        keep: &(impl Fn(&T) -> bool + Send + Sync),
        on_page: &mut (impl FnMut(Page<T>) -> ControlFlow<()> + Send),
        listing: &mut Listing,
    ) -> Result<(), GraphError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let mut url = self.root.join(&endpoint.path_of(id));
        url.set_query(Some(&plan.query()).filter(|query| !query.is_empty()).map(String::as_str));
        let mut seen = HashSet::from([url.clone()]);
        loop {
            let Body { decoded, next } = self.page::<T>(endpoint, &url, priority).await?;
            let failed = |(kind, message): (GraphErrorKind, String)| self.error(kind, endpoint, &message);
            // Looked at before the rows are handed over, so that `more` is true only if there is a way on.
            let next = next.map(|link| follow(&self.root, &link)).transpose();
            listing.pages += 1;
            let more = matches!(next, Ok(Some(_)));
            if hand_over(decoded, more, listing, keep, on_page).is_break() {
                listing.stopped = true;
                return Ok(());
            }
            let Some(next) = next.map_err(failed)? else { return Ok(()) };
            if !seen.insert(next.clone()) {
                return Err(failed((
                    GraphErrorKind::TooLong,
                    "the list leads back to an earlier page".into(),
                )));
            }
            if listing.pages >= MOST_PAGES {
                return Err(failed((GraphErrorKind::TooLong, format!("more than {MOST_PAGES} pages"))));
            }
            url = next;
        }
    }

    /// One page; one that arrives cut off is asked for again.
    async fn page<T>(
        &self,
        endpoint: &'static Endpoint,
        url: &Url,
        priority: Priority,
    ) -> Result<Body<T>, GraphError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let mut cut_off = 0;
        loop {
            let body = self.get(endpoint, url, priority).await?;
            match read_list(body).await {
                Ok(body) => return Ok(body),
                Err((GraphErrorKind::Interrupted, _)) if cut_off < MOST_CUT_OFF => cut_off += 1,
                Err((kind, message)) => {
                    return Err(self
                        .error(kind, endpoint, &message)
                        .with(|detail| detail.status = Some(200)));
                }
            }
        }
    }
}

fn hand_over<T>(
    mut decoded: Decoded<T>,
    more: bool,
    listing: &mut Listing,
    keep: &impl Fn(&T) -> bool,
    on_page: &mut impl FnMut(Page<T>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let arrived = decoded.rows.len();
    decoded.rows.retain(keep);
    listing.rows += decoded.rows.len();
    listing.left_out += arrived - decoded.rows.len();
    listing.rejected += decoded.rejected.len();
    on_page(Page { rows: decoded.rows, rejected: decoded.rejected, number: listing.pages, more })
}
