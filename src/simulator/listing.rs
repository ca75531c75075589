//! Lists: query options, pages, next links (API.md section 4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::form_urlencoded;

use super::cell::{Property, View, write_row};
use super::filter::Filter;
use super::refusal::Refusal;

/// How a resource is listed.
pub(super) struct Collection<R: 'static> {
    /// Its path without the version; also its name in `@odata.context`.
    pub name: &'static str,
    pub properties: &'static [Property<R>],
    pub default_page: usize,
    pub largest_page: usize,
    /// The property it may be sorted by: its rows are in that order. Documented for sign-ins only.
    pub order: Option<&'static str>,
    /// Whether `$count=true` is answered.
    pub countable: bool,
    /// Newest first; else in the order of the rows.
    pub newest_first: bool,
}

/// The query options of a list call, as sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()));
        Self { pairs: pairs.collect() }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Refuses options that the service does not know for any of these lists.
    fn check(&self) -> Result<(), Refusal> {
        const KNOWN: [&str; 7] =
            ["$filter", "$top", "$select", "$orderby", "$count", "$skiptoken", "$format"];
        for (name, _) in self.pairs.iter().filter(|(name, _)| name.starts_with('$')) {
            if !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                return Err(Refusal::bad_request(format!("The query option '{name}' is not supported.")));
            }
        }
        Ok(())
    }

    /// The same query with another position in it.
    fn with_token(&self, token: &str) -> String {
        let mut text = String::new();
        let others = self.pairs.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"));
        for (name, value) in
            others.map(|(name, value)| (name.as_str(), value.as_str())).chain([("$skiptoken", token)])
        {
            if !text.is_empty() {
                text.push('&');
            }
            match name.strip_prefix('$') {
                Some(name) => {
                    text.push('$');
                    text.extend(form_urlencoded::byte_serialize(name.as_bytes()));
                }
                None => text.extend(form_urlencoded::byte_serialize(name.as_bytes())),
            }
            text.push('=');
            text.extend(form_urlencoded::byte_serialize(value.as_bytes()));
        }
        text
    }

    /// A number for what the list is about, so that a token of one list is refused by another.
    fn fingerprint(&self, collection: &str) -> u64 {
        let parts = [Some(collection), self.get("$filter"), self.get("$orderby")];
        parts
            .iter()
            .flatten()
            .flat_map(|part| part.bytes().chain([0]))
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// A position in a list, opaque to clients.
struct Token {
    position: usize,
    fingerprint: u64,
}

impl Token {
    fn write(&self) -> String {
        let mut bytes = (self.position as u64).to_be_bytes().to_vec();
        bytes.extend(self.fingerprint.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read(text: &str) -> Option<Self> {
        let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (position, fingerprint) = bytes.split_at(8);
        Some(Self {
            position: u64::from_be_bytes(position.try_into().ok()?) as usize,
            fingerprint: u64::from_be_bytes(fingerprint.try_into().ok()?),
        })
    }
}

/// Rows by position, oldest first.
pub(super) trait Rows<R> {
    fn count(&self) -> usize;
    fn at(&self, position: usize) -> Option<&R>;
}

impl<R> Rows<R> for Vec<R> {
    fn count(&self) -> usize {
        self.len()
    }

    fn at(&self, position: usize) -> Option<&R> {
        self.get(position)
    }
}

/// A call for a page.
pub(super) struct Request<'a> {
    pub query: &'a Query,
    /// `http://host:port/beta/`, of the host that the client used.
    pub root: &'a str,
    /// Only what is documented.
    pub strict: bool,
}

/// A page as JSON. `visible` keeps back rows for reasons other than the filter; it is told the filter.
pub(super) fn page<R>(
    collection: &Collection<R>,
    rows: &dyn Rows<R>,
    view: &View<'_>,
    request: &Request<'_>,
    visible: impl Fn(&R, Option<&Filter>) -> bool,
) -> Result<Vec<u8>, Refusal> {
    let query = request.query;
    query.check()?;
    let filter = query
        .get("$filter")
        .map(|text| Filter::parse(text, collection.properties, view.beta, request.strict))
        .transpose()?;
    let size = page_size(collection, query)?;
    let select = selection(collection, view, query)?;
    let descending = direction(collection, query)?;
    let fingerprint = query.fingerprint(collection.name);
    let count = rows.count();
    let start = match query.get("$skiptoken") {
        None => 0,
        Some(text) => Token::read(text)
            .filter(|token| token.fingerprint == fingerprint && token.position <= count)
            .map(|token| if descending { count.saturating_sub(token.position) } else { token.position })
            .ok_or_else(|| Refusal::bad_request("Skip token is null or invalid."))?,
    };
    let accepted = |row: &R| {
        filter.as_ref().is_none_or(|filter| filter.matches(view, collection.properties, row))
            && visible(row, filter.as_ref())
    };
    let position = |step: usize| if descending { count - 1 - step } else { step };
    let total = if wants_count(collection, query)? {
        Some((0..count).filter_map(|index| rows.at(index)).filter(|row| accepted(row)).count())
    } else {
        None
    };

    let mut body = Vec::with_capacity(size.min(count) * 512);
    let mut written = 0;
    let mut next = None;
    for step in start..count {
        let Some(row) = rows.at(position(step)).filter(|row| accepted(row)) else { continue };
        if written == size {
            // Counted from the oldest row, so that rows that arrive later do not move it.
            let place = if descending { position(step) + 1 } else { step };
            next = Some(Token { position: place, fingerprint }.write());
            break;
        }
        if written > 0 {
            body.push(b',');
        }
        write_row(view, collection.properties, select.as_deref(), None, row, &mut body);
        written += 1;
    }
    Ok(envelope(collection, request, query.get("$select"), total, next.as_deref(), &body))
}

fn envelope<R>(
    collection: &Collection<R>,
    request: &Request<'_>,
    select: Option<&str>,
    total: Option<usize>,
    next: Option<&str>,
    rows: &[u8],
) -> Vec<u8> {
    let chosen = select.map(|names| format!("({names})")).unwrap_or_default();
    let context = format!("{}$metadata#{}{chosen}", request.root, collection.name);
    let mut out = Vec::with_capacity(rows.len() + 512);
    out.extend_from_slice(b"{\"@odata.context\":");
    out.extend_from_slice(serde_json::Value::from(context).to_string().as_bytes());
    if let Some(total) = total {
        out.extend_from_slice(format!(",\"@odata.count\":{total}").as_bytes());
    }
    if let Some(token) = next {
        let link = format!("{}{}?{}", request.root, collection.name, request.query.with_token(token));
        out.extend_from_slice(b",\"@odata.nextLink\":");
        out.extend_from_slice(serde_json::Value::from(link).to_string().as_bytes());
    }
    out.extend_from_slice(b",\"value\":[");
    out.extend_from_slice(rows);
    out.extend_from_slice(b"]}");
    out
}

fn page_size<R>(collection: &Collection<R>, query: &Query) -> Result<usize, Refusal> {
    let Some(text) = query.get("$top") else { return Ok(collection.default_page) };
    text.parse().ok().filter(|size| (1..=collection.largest_page).contains(size)).ok_or_else(|| {
        let largest = collection.largest_page;
        Refusal::bad_request(format!(
            "Invalid page size specified: '{text}'. Must be between 1 and {largest} inclusive."
        ))
    })
}

/// The positions of the chosen properties; unknown names are refused.
pub(super) fn selection<R>(
    collection: &Collection<R>,
    view: &View<'_>,
    query: &Query,
) -> Result<Option<Vec<usize>>, Refusal> {
    let Some(names) = query.get("$select").filter(|names| !names.trim().is_empty() && names.trim() != "*")
    else {
        return Ok(None);
    };
    let find = |name: &str| {
        collection
            .properties
            .iter()
            .position(|property| property.name == name && property.exists(view.beta))
            .ok_or_else(|| Refusal::bad_request(format!("Could not find a property named '{name}'.")))
    };
    names.split(',').map(|name| find(name.trim())).collect::<Result<_, _>>().map(Some)
}

/// Whether the newest row comes first.
fn direction<R>(collection: &Collection<R>, query: &Query) -> Result<bool, Refusal> {
    let Some(text) = query.get("$orderby") else { return Ok(collection.newest_first) };
    let mut words = text.split_whitespace();
    let (name, way, rest) = (words.next(), words.next(), words.next());
    match (name == collection.order && name.is_some(), way, rest) {
        (true, None | Some("asc"), None) => Ok(false),
        (true, Some("desc"), None) => Ok(true),
        _ => Err(Refusal::bad_request("Sorting by this property is not supported.")),
    }
}

fn wants_count<R>(collection: &Collection<R>, query: &Query) -> Result<bool, Refusal> {
    match query.get("$count") {
        None | Some("false") => Ok(false),
        Some("true") if collection.countable => Ok(true),
        Some(_) => Err(Refusal::bad_request("$count is not supported for this resource.")),
    }
}
