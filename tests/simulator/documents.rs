//! Every answer against the OpenAPI documents, where they are at hand.

use std::collections::BTreeSet;
use std::path::Path;

use entriage::simulator::Options;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::probe::{EVERY_EVENT, Probe, small, text};

/// A document, its schemas turned into plain JSON Schema.
fn document(version: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/graph/openapi-{version}.yaml"));
    let text = std::fs::read_to_string(path).ok()?;
    let mut document: Value = serde_saphyr::from_str(&text).expect("YAML");
    let mut components = document["components"].take();
    admit_null(&mut components);
    Some(components)
}

/// `nullable` of OpenAPI 3.0 becomes a type.
fn admit_null(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("nullable") == Some(&json!(true))
                && let Some(kind) = map.get("type").cloned()
            {
                map.insert("type".to_owned(), json!([kind, "null"]));
            }
            map.values_mut().for_each(admit_null);
        }
        Value::Array(items) => items.iter_mut().for_each(admit_null),
        _ => {}
    }
}

fn validator(components: &Value, schema: &str) -> Validator {
    let root = json!({ "$ref": format!("#/components/schemas/{schema}"), "components": components });
    jsonschema::validator_for(&root).expect("a schema")
}

/// The names of a type's properties, with those of what it extends.
fn properties(components: &Value, schema: &Value, names: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        properties(components, &components["schemas"][name], names);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        properties(components, part, names);
    }
    names.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
}

fn check(components: &Value, schema: &str, body: &Value, what: &str) {
    let validator = validator(components, schema);
    if let Some(error) = validator.iter_errors(body).next() {
        panic!("{what} against {schema}: {error} at {}", error.instance_path());
    }
}

fn check_names(components: &Value, kind: &str, row: &Value) {
    let mut names = BTreeSet::new();
    properties(components, &json!({ "$ref": format!("#/components/schemas/{kind}") }), &mut names);
    for name in row.as_object().into_iter().flatten().map(|(name, _)| name) {
        assert!(names.contains(name) || name.starts_with('@'), "{kind} has no {name}");
    }
}

const LISTS: [(&str, &str); 5] = [
    ("auditLogs/signIns", "signIn"),
    ("identityProtection/riskyUsers", "riskyUser"),
    ("identityProtection/riskDetections", "riskDetection"),
    ("identityProtection/riskyServicePrincipals", "riskyServicePrincipal"),
    ("identityProtection/servicePrincipalRiskDetections", "servicePrincipalRiskDetection"),
];

#[tokio::test]
async fn every_answer_is_as_the_documents_say() {
    let probe = Probe::start(small());
    for version in ["v1.0", "beta"] {
        let Some(components) = document(version) else { return };
        for (list, kind) in LISTS {
            let path = format!("{version}/{list}");
            let filter = [("$filter", EVERY_EVENT), ("$top", "500")];
            let options: &[(&str, &str)] =
                if version == "beta" && kind == "signIn" { &filter } else { &[("$top", "100")] };
            let kind = format!("microsoft.graph.{kind}");
            let with = probe.query(&path, options).await.body;
            let without = answer_without_preference(&probe, &path, options).await;
            for body in [&with, &without] {
                check(&components, &format!("{kind}CollectionResponse"), body, &path);
            }
            for row in with["value"].as_array().into_iter().flatten() {
                check_names(&components, &kind, row);
            }
            if let Some(first) = with["value"].get(0) {
                let one = probe.query(&format!("{path}/{}", text(first, "id")), &[]).await.body;
                check(&components, &kind, &one, &path);
                check_histories(&probe, &components, &path, &with).await;
            }
        }
        check_refusals(&probe, &components, version).await;
    }
}

async fn answer_without_preference(probe: &Probe, path: &str, options: &[(&str, &str)]) -> Value {
    let request = probe.http.get(probe.url(path)).bearer_auth(&probe.token).query(options);
    super::probe::answer(request.send().await.expect("an answer")).await.body
}

async fn check_histories(probe: &Probe, components: &Value, path: &str, list: &Value) {
    let kind = match path.rsplit('/').next() {
        Some("riskyUsers") => "riskyUser",
        Some("riskyServicePrincipals") => "riskyServicePrincipal",
        _ => return,
    };
    let item = format!("microsoft.graph.{kind}HistoryItem");
    for row in list["value"].as_array().into_iter().flatten().take(8) {
        let path = format!("{path}/{}/history", text(row, "id"));
        let body = probe.query(&path, &[]).await.body;
        check(components, &format!("{item}CollectionResponse"), &body, &path);
        for entry in body["value"].as_array().into_iter().flatten() {
            check_names(components, &item, entry);
        }
    }
}

async fn check_refusals(probe: &Probe, components: &Value, version: &str) {
    let error = "microsoft.graph.ODataErrors.ODataError";
    let stranger = "0badf00d-1c2d-4e3f-8a4b-5c6d7e8f9005";
    let users = format!("{version}/identityProtection/riskyUsers");
    let bad = probe.query(&users, &[("$filter", "colour eq 'red'")]).await;
    let missing = probe.get(&format!("{users}/{stranger}")).await;
    let refused = probe.act(&format!("{version}/auditLogs/signIns/dismiss"), "requestIds", &[stranger]).await;
    let anonymous = probe.http.get(probe.url(&users)).send().await.expect("an answer");
    let anonymous = super::probe::answer(anonymous).await;
    for (answer, status) in [(bad, 400), (missing, 404), (refused, 400), (anonymous, 401)] {
        assert_eq!(answer.status, status);
        check(components, error, &answer.body, "a refusal");
    }
    let requests = json!({ "requests": [{ "id": "1", "method": "GET", "url": "/identityProtection/riskyUsers?$top=1" }] });
    let batch = probe.call(reqwest::Method::POST, &format!("{version}/$batch"), Some(requests)).await;
    check(components, "batchResponse", &batch.body, "a batch");
}

#[tokio::test]
async fn throttled_answers_are_as_the_documents_say() {
    let Some(components) = document("beta") else { return };
    let probe = Probe::start(Options { throttle: entriage::simulator::Throttle::Documented, ..small() });
    let mut refused = 0;
    for turn in 0..80 {
        let path = LISTS[turn % 2].0;
        let answer = probe.get(&format!("beta/{path}?$top=1")).await;
        if answer.status == 429 {
            refused += 1;
            check(&components, "microsoft.graph.ODataErrors.ODataError", &answer.body, path);
        }
    }
    assert!(refused > 0);
}
