//! `$filter`: the part of OData that Graph documents for these resources (API.md section 4), parsed against the
//! properties of a resource so that what the service refuses is refused here.
//!
//! `or`, `and`, `not`, parentheses, `eq ne ge le gt lt`, `in`, `startsWith`, and a lambda `any` over a list of words.

use std::cmp::Ordering;

use chrono::DateTime;
use uuid::Uuid;

use super::cell::{Cell, Operators, Property, View};
use super::refusal::Refusal;

/// Deeper nesting than any client writes; it bounds recursion.
const DEEPEST: u8 = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    AtLeast,
    AtMost,
    Above,
    Below,
}

impl Comparison {
    fn named(word: &str) -> Option<(Self, Operators)> {
        Some(match word {
            "eq" => (Self::Equal, Operators::EQUAL),
            "ne" => (Self::Unequal, Operators::UNEQUAL),
            "ge" => (Self::AtLeast, Operators::ORDER),
            "le" => (Self::AtMost, Operators::ORDER),
            // Documented nowhere for these resources.
            "gt" => (Self::Above, Operators::ANY),
            "lt" => (Self::Below, Operators::ANY),
            _ => return None,
        })
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::AtLeast => order.is_ge(),
            Self::AtMost => order.is_le(),
            Self::Above => order.is_gt(),
            Self::Below => order.is_lt(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Null,
    Text(String, Option<Uuid>),
    Number(i64),
    Flag(bool),
    Time(i64),
}

/// What a comparison is about: a property, or the variable of the lambda around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Property(usize),
    Element,
}

#[derive(Clone, Debug)]
enum Node {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Compare(Subject, Comparison, Literal),
    In(Subject, Vec<Literal>),
    StartsWith(Subject, String),
    Any(usize, Box<Self>),
}

/// A filter that was accepted for a resource.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    root: Node,
    mentioned: Vec<usize>,
}

impl Filter {
    /// Parses a filter, refusing what the service refuses.
    pub(super) fn parse<R>(
        text: &str,
        properties: &[Property<R>],
        beta: bool,
        strict: bool,
    ) -> Result<Self, Refusal> {
        let known: Vec<(&str, Operators)> = properties
            .iter()
            .map(|property| {
                let operators = if strict { property.documented } else { property.tolerated };
                (property.name, if property.filterable(beta) { operators } else { Operators::NOTHING })
            })
            .collect();
        let tokens = tokens(text).ok_or_else(Refusal::invalid_filter)?;
        let mut parser = Parser { tokens: &tokens, known: &known, variable: None, mentioned: Vec::new() };
        let root =
            parser.either(0).filter(|_| parser.tokens.is_empty()).ok_or_else(Refusal::invalid_filter)?;
        Ok(Self { root, mentioned: parser.mentioned })
    }

    /// Whether the filter says anything about a property.
    pub(super) fn mentions<R>(&self, properties: &[Property<R>], name: &str) -> bool {
        self.mentioned
            .iter()
            .any(|index| properties.get(*index).is_some_and(|property| property.name == name))
    }

    pub(super) fn matches<R>(&self, view: &View<'_>, properties: &[Property<R>], row: &R) -> bool {
        matches(&self.root, view, properties, row, None)
    }
}

fn matches<R>(
    node: &Node,
    view: &View<'_>,
    properties: &[Property<R>],
    row: &R,
    element: Option<&'static str>,
) -> bool {
    let cell = |subject: Subject| match (subject, element) {
        (Subject::Property(index), _) => {
            properties.get(index).map_or(Cell::Null, |one| (one.read)(view, row))
        }
        (Subject::Element, Some(word)) => Cell::text(word),
        (Subject::Element, None) => Cell::Null,
    };
    match node {
        Node::And(left, right) => {
            matches(left, view, properties, row, element) && matches(right, view, properties, row, element)
        }
        Node::Or(left, right) => {
            matches(left, view, properties, row, element) || matches(right, view, properties, row, element)
        }
        Node::Not(inner) => !matches(inner, view, properties, row, element),
        Node::Compare(subject, comparison, literal) => compare(&cell(*subject), *comparison, literal),
        Node::In(subject, literals) => {
            let cell = cell(*subject);
            literals.iter().any(|literal| compare(&cell, Comparison::Equal, literal))
        }
        Node::StartsWith(subject, prefix) => match cell(*subject) {
            Cell::Text(text) => starts_with(&text, prefix),
            Cell::Id(id) => starts_with(&id.to_string(), prefix),
            Cell::Words(words) => words.iter().any(|word| starts_with(word, prefix)),
            _ => false,
        },
        Node::Any(index, inner) => match cell(Subject::Property(*index)) {
            Cell::Words(words) => words.iter().any(|word| matches(inner, view, properties, row, Some(word))),
            _ => false,
        },
    }
}

/// Graph compares text without case.
fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn text_order(left: &str, right: &str) -> Ordering {
    left.bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .cmp(right.bytes().map(|byte| byte.to_ascii_lowercase()))
}

fn compare(cell: &Cell<'_>, comparison: Comparison, literal: &Literal) -> bool {
    let order = match (cell, literal) {
        (Cell::Null, Literal::Null) => Ordering::Equal,
        (Cell::Id(id), Literal::Text(_, other)) => Some(id).cmp(&other.as_ref()),
        (Cell::Text(text), Literal::Text(other, _)) => text_order(text, other),
        (Cell::Number(number), Literal::Number(other)) => number.cmp(other),
        (Cell::Flag(flag), Literal::Flag(other)) => flag.cmp(other),
        // What is shown in whole seconds is compared so.
        (Cell::Seconds(time), Literal::Time(other)) => (time - time.rem_euclid(1_000)).cmp(other),
        (Cell::Fraction(time), Literal::Time(other)) => time.cmp(other),
        (Cell::Words(words), Literal::Text(other, _)) => {
            let found = words.iter().any(|word| text_order(word, other).is_eq());
            return if comparison == Comparison::Unequal { !found } else { found };
        }
        _ => return comparison == Comparison::Unequal,
    };
    comparison.holds(order)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut rest = text.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let single = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            _ => None,
        };
        if let Some(token) = single {
            tokens.push(token);
            rest = &rest[1..];
        } else if first == '\'' {
            let (token, after) = quoted(&rest[1..])?;
            tokens.push(token);
            rest = after;
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "(),'".contains(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            // `t:t` of a lambda; a time has colons too.
            match word.split_once(':') {
                Some((variable, body)) if variable.chars().all(char::is_alphabetic) => {
                    tokens.extend([Token::Word(variable.to_owned()), Token::Colon]);
                    if !body.is_empty() {
                        tokens.push(Token::Word(body.to_owned()));
                    }
                }
                _ => tokens.push(Token::Word(word.to_owned())),
            }
            rest = after;
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

/// A string up to its closing quote; a doubled quote stands for one.
fn quoted(text: &str) -> Option<(Token, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((Token::Text(value), rest)),
        }
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    known: &'t [(&'t str, Operators)],
    variable: Option<String>,
    mentioned: Vec<usize>,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }

    fn take(&mut self, token: &Token) -> Option<()> {
        (self.tokens.first()? == token).then(|| self.tokens = &self.tokens[1..])
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.first(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn either(&mut self, depth: u8) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        let mut left = self.both(depth)?;
        while self.take_word("or") {
            left = Node::Or(Box::new(left), Box::new(self.both(depth)?));
        }
        Some(left)
    }

    fn both(&mut self, depth: u8) -> Option<Node> {
        let mut left = self.single(depth)?;
        while self.take_word("and") {
            left = Node::And(Box::new(left), Box::new(self.single(depth)?));
        }
        Some(left)
    }

    fn single(&mut self, depth: u8) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        if self.take_word("not") {
            return Some(Node::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.take(&Token::Open).is_some() {
            let inner = self.either(depth + 1)?;
            self.take(&Token::Close)?;
            return Some(inner);
        }
        let Token::Word(word) = self.next()? else { return None };
        if word.eq_ignore_ascii_case("startswith") {
            return self.starts_with();
        }
        if let Some(list) = word.strip_suffix("/any") {
            return self.any(list, depth);
        }
        self.comparison(&word)
    }

    fn starts_with(&mut self) -> Option<Node> {
        self.take(&Token::Open)?;
        let Token::Word(name) = self.next()? else { return None };
        let subject = self.subject(&name, Operators::PREFIX)?;
        self.take(&Token::Comma)?;
        let Token::Text(prefix) = self.next()? else { return None };
        self.take(&Token::Close)?;
        Some(Node::StartsWith(subject, prefix))
    }

    fn any(&mut self, list: &str, depth: u8) -> Option<Node> {
        let Subject::Property(index) = self.subject(list, Operators::EQUAL)? else { return None };
        self.take(&Token::Open)?;
        let Token::Word(variable) = self.next()? else { return None };
        self.take(&Token::Colon)?;
        if self.variable.replace(variable).is_some() {
            return None;
        }
        let inner = self.either(depth + 1)?;
        self.variable = None;
        self.take(&Token::Close)?;
        Some(Node::Any(index, Box::new(inner)))
    }

    fn comparison(&mut self, name: &str) -> Option<Node> {
        let Token::Word(operator) = self.next()? else { return None };
        let operator = operator.to_ascii_lowercase();
        if operator == "in" {
            let subject = self.subject(name, Operators::IN)?;
            return Some(Node::In(subject, self.list()?));
        }
        let (comparison, needed) = Comparison::named(&operator)?;
        let subject = self.subject(name, needed)?;
        let literal = self.literal()?;
        Some(Node::Compare(subject, comparison, literal))
    }

    fn list(&mut self) -> Option<Vec<Literal>> {
        self.take(&Token::Open)?;
        let mut values = vec![self.literal()?];
        while self.take(&Token::Comma).is_some() {
            values.push(self.literal()?);
        }
        self.take(&Token::Close)?;
        Some(values)
    }

    /// The property of this name, if it may be compared like this.
    fn subject(&mut self, name: &str, needed: Operators) -> Option<Subject> {
        if self.variable.as_deref() == Some(name) {
            return Some(Subject::Element);
        }
        let index = self.known.iter().position(|(known, _)| *known == name)?;
        let (_, operators) = self.known[index];
        self.mentioned.push(index);
        operators.allows(needed).then_some(Subject::Property(index))
    }

    fn literal(&mut self) -> Option<Literal> {
        Some(match self.next()? {
            Token::Text(text) => {
                let id = Uuid::try_parse(&text).ok();
                Literal::Text(text, id)
            }
            Token::Word(word) => match word.as_str() {
                "null" => Literal::Null,
                "true" => Literal::Flag(true),
                "false" => Literal::Flag(false),
                word => bare(word)?,
            },
            _ => return None,
        })
    }
}

/// A number, a time or a GUID: these are written without quotes.
fn bare(word: &str) -> Option<Literal> {
    if let Ok(number) = word.parse() {
        return Some(Literal::Number(number));
    }
    if let Ok(id) = Uuid::try_parse(word) {
        return Some(Literal::Text(word.to_owned(), Some(id)));
    }
    DateTime::parse_from_rfc3339(word).ok().map(|time| Literal::Time(time.timestamp_millis()))
}
