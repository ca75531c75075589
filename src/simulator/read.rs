//! Reading: the lists and the single rows.

use serde_json::{Value, json};
use uuid::Uuid;

use super::cell::{View, write_row};
use super::listing::{Collection, Query, Request, Rows, page, selection};
use super::records::{Detection, Person, Principal, SignIn, Tenant};
use super::refusal::Refusal;
use super::risk::{self, RISK_DETECTION, RISKY_PRINCIPAL, RISKY_USER};
use super::routes::Operation;
use super::sign_in::{EVENT_TYPES, PROPERTIES};

static SIGN_INS: Collection<SignIn> = Collection {
    name: "auditLogs/signIns",
    properties: PROPERTIES,
    default_page: 1_000,
    largest_page: 1_000,
    order: Some("createdDateTime"),
    countable: false,
    newest_first: true,
};

static RISKY_USERS: Collection<Person> = Collection {
    name: "identityProtection/riskyUsers",
    properties: RISKY_USER,
    // The default is not documented.
    default_page: 100,
    largest_page: 500,
    order: None,
    countable: true,
    newest_first: false,
};

static RISK_DETECTIONS: Collection<Detection> = Collection {
    name: "identityProtection/riskDetections",
    properties: RISK_DETECTION,
    default_page: 20,
    largest_page: 500,
    order: None,
    countable: false,
    newest_first: true,
};

static PRINCIPALS: Collection<Principal> = Collection {
    name: "identityProtection/riskyServicePrincipals",
    properties: RISKY_PRINCIPAL,
    default_page: 100,
    largest_page: 500,
    order: None,
    countable: true,
    newest_first: false,
};

/// The people with a risk, in the order in which they got it.
struct Risky<'a>(&'a Tenant);

impl Rows<Person> for Risky<'_> {
    fn count(&self) -> usize {
        self.0.risky.len()
    }

    fn at(&self, position: usize) -> Option<&Person> {
        self.0.risky.get(position).and_then(|index| self.0.person(*index))
    }
}

/// Answers a call that reads.
pub(super) fn answer(
    view: &View<'_>,
    operation: Operation,
    ids: &[&str],
    query: &str,
    root: &str,
    strict: bool,
) -> Result<Vec<u8>, Refusal> {
    let query = Query::parse(query);
    let request = Request { query: &query, root, strict };
    let tenant = view.tenant;
    let first = ids.first().copied().unwrap_or_default();
    match operation {
        Operation::ListSignIns => page(&SIGN_INS, &tenant.sign_ins, view, &request, |row, filter| {
            // v1.0 knows interactive sign-ins only; beta shows others to who asks for event types.
            row.interactive
                || (view.beta && filter.is_some_and(|filter| filter.mentions(PROPERTIES, EVENT_TYPES)))
        }),
        Operation::GetSignIn => {
            let row = uuid(first).and_then(|id| tenant.sign_in_index(id));
            let row = row.and_then(|index| tenant.sign_ins.get(index as usize));
            single(&SIGN_INS, view, &request, row.filter(|row| view.beta || row.interactive), first)
        }
        Operation::ListRiskyUsers => page(&RISKY_USERS, &Risky(tenant), view, &request, |_, _| true),
        Operation::GetRiskyUser => single(&RISKY_USERS, view, &request, risky_user(tenant, first), first),
        Operation::ListHistory => {
            let person = risky_user(tenant, first).ok_or_else(|| Refusal::not_found(first))?;
            let entries: Vec<Value> = risk::history(person).map(|moment| moment.json(view)).collect();
            let context = format!("{root}$metadata#identityProtection/riskyUsers('{}')/history", person.id);
            Ok(json!({ "@odata.context": context, "value": entries }).to_string().into_bytes())
        }
        Operation::GetHistoryItem => {
            let item = ids.get(1).copied().unwrap_or_default();
            let person = risky_user(tenant, first).ok_or_else(|| Refusal::not_found(first))?;
            let moment = risk::history(person).find(|moment| moment.id().eq_ignore_ascii_case(item));
            let mut value = moment.map(|moment| moment.json(view)).ok_or_else(|| Refusal::not_found(item))?;
            let context =
                format!("{root}$metadata#identityProtection/riskyUsers('{}')/history/$entity", person.id);
            value["@odata.context"] = context.into();
            Ok(value.to_string().into_bytes())
        }
        Operation::ListRiskDetections => {
            page(&RISK_DETECTIONS, &tenant.detections, view, &request, |_, _| true)
        }
        Operation::GetRiskDetection => {
            single(&RISK_DETECTIONS, view, &request, tenant.detection(first), first)
        }
        Operation::ListPrincipals => page(&PRINCIPALS, &tenant.principals, view, &request, |_, _| true),
        Operation::GetPrincipal => single(&PRINCIPALS, view, &request, principal(tenant, first), first),
        Operation::ListPrincipalHistory => {
            let row = principal(tenant, first).ok_or_else(|| Refusal::not_found(first))?;
            let id = row.id;
            let context =
                format!("{root}$metadata#identityProtection/riskyServicePrincipals('{id}')/history");
            let entries = risk::principal_history(view, row);
            Ok(json!({ "@odata.context": context, "value": entries }).to_string().into_bytes())
        }
        Operation::ListPrincipalDetections => {
            let context = format!("{root}$metadata#identityProtection/servicePrincipalRiskDetections");
            Ok(json!({ "@odata.context": context, "value": [] }).to_string().into_bytes())
        }
        Operation::GetPrincipalDetection | Operation::Act(..) | Operation::Batch => {
            Err(Refusal::not_found(first))
        }
    }
}

fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

fn risky_user<'t>(tenant: &'t Tenant, id: &str) -> Option<&'t Person> {
    let person = tenant.person(tenant.person_index(uuid(id)?)?)?;
    (!person.history.is_empty()).then_some(person)
}

fn principal<'t>(tenant: &'t Tenant, id: &str) -> Option<&'t Principal> {
    tenant.principals.get(risk::principal(&tenant.principals, id)?)
}

fn single<R>(
    collection: &Collection<R>,
    view: &View<'_>,
    request: &Request<'_>,
    row: Option<&R>,
    id: &str,
) -> Result<Vec<u8>, Refusal> {
    let row = row.ok_or_else(|| Refusal::not_found(id))?;
    let select = selection(collection, view, request.query)?;
    let context = format!("{}$metadata#{}/$entity", request.root, collection.name);
    let mut out = Vec::new();
    write_row(view, collection.properties, select.as_deref(), Some(&context), row, &mut out);
    Ok(out)
}
