use std::collections::BTreeSet;

use chrono::Duration;
use entriage::simulator::Options;
use serde_json::Value;

use super::probe::{EVERY_EVENT, Probe, ids, noon, small, text};

const LISTS: [&str; 4] = [
    "beta/auditLogs/signIns",
    "v1.0/identityProtection/riskyUsers",
    "beta/identityProtection/riskDetections",
    "v1.0/identityProtection/riskyServicePrincipals",
];

/// Whether a row belongs to a filter.
type Expected<'a> = &'a dyn Fn(&Value) -> bool;

async fn everything(options: Options) -> Vec<Value> {
    let probe = Probe::start(options);
    let mut rows = Vec::new();
    for list in LISTS {
        let filter = [("$filter", EVERY_EVENT)];
        let query: &[(&str, &str)] = if list.ends_with("signIns") { &filter } else { &[] };
        rows.extend(probe.walk(list, query).await);
    }
    rows
}

#[tokio::test]
async fn the_same_seed_gives_the_same_tenant() {
    let first = everything(small()).await;
    assert_eq!(first, everything(small()).await);
    assert_ne!(first, everything(Options { seed: 8, ..small() }).await);
}

#[tokio::test]
async fn the_default_tenant_is_rich_and_mostly_innocent() {
    let probe = Probe::start(Options { now: Some(noon()), throttle: small().throttle, ..Options::default() });
    let since = (noon() - Duration::days(7)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let filter = format!("createdDateTime ge {since} and riskState eq 'atRisk' and {EVERY_EVENT}");
    let recent = probe.walk("beta/auditLogs/signIns", &[("$filter", &filter)]).await;
    assert!(recent.len() >= 400, "{} recent sign-ins at risk", recent.len());
    let users = probe.users_at_risk().await;
    assert!(users.len() >= 60, "{} users at risk", users.len());
    let all =
        probe.walk("beta/auditLogs/signIns", &[("$filter", EVERY_EVENT), ("$select", "riskState")]).await;
    assert_eq!(all.len(), Options::default().sign_ins);
    let risky = all.iter().filter(|row| row["riskState"] != "none").count();
    assert!(risky * 100 / all.len() <= 12, "{risky} of {} are risky", all.len());
    let states: BTreeSet<&str> = all.iter().map(|row| text(row, "riskState")).collect();
    assert_eq!(states.len(), 6, "{states:?}");
}

#[tokio::test]
async fn what_the_stories_promise_is_there() {
    let rows = everything(small()).await;
    let any = |name: &str, wanted: &dyn Fn(&Value) -> bool| rows.iter().any(|row| wanted(&row[name]));
    assert!(any("userDisplayName", &|name| name.as_str().is_some_and(|name| name.contains('\u{1b}'))));
    assert!(any("userAgent", &|agent| agent.as_str().is_some_and(|agent| agent.contains('\u{202e}'))));
    assert!(any("appDisplayName", &|app| app.as_str().is_some_and(|app| app.starts_with("=HYPERLINK("))));
    assert!(any("isDeleted", &|deleted| deleted == true) && any("isProcessing", &|busy| busy == true));
    assert!(
        any("riskLevel", &|level| level == "hidden")
            && any("riskLevelAggregated", &|level| level == "hidden")
    );
    assert!(any("riskDetail", &|detail| detail == "microsoftRevokedSessions"));
    assert!(
        any("userType", &|kind| kind == "guest") && any("authenticationProtocol", &|one| one == "deviceCode")
    );
    let info = rows.iter().find_map(|row| {
        let text = row["additionalInfo"].as_str().filter(|text| text.contains("riskReasons"))?;
        serde_json::from_str::<Value>(text).ok()
    });
    assert_eq!(info.expect("reasons")[0]["Key"], "riskReasons");
    let sign_ins: BTreeSet<&str> =
        rows.iter().filter(|row| row["createdDateTime"].is_string()).map(|row| text(row, "id")).collect();
    let linked = rows.iter().filter_map(|row| row["requestId"].as_str());
    assert!(linked.clone().count() > 100);
    assert!(linked.into_iter().all(|id| sign_ins.contains(id)), "every detection finds its sign-in");
    assert!(rows.iter().any(|row| row["requestId"].is_null() && row["riskEventType"] == "leakedCredentials"));
}

#[tokio::test]
async fn paging_meets_every_row_once_under_every_filter() {
    let probe = Probe::start(small());
    let all = probe.walk("beta/auditLogs/signIns", &[("$filter", EVERY_EVENT)]).await;
    assert_eq!(all.len(), 3_000);
    assert!(all.windows(2).all(|two| text(&two[0], "createdDateTime") >= text(&two[1], "createdDateTime")));
    let day = "2026-03-15T00:00:00Z";
    let cases: [(&str, Expected<'_>); 11] = [
        ("riskState eq 'atRisk'", &|row| row["riskState"] == "atRisk"),
        ("riskState ne 'none' and not (riskLevelAggregated eq 'high')", &|_| false),
        ("createdDateTime ge 2026-03-15T00:00:00Z", &|row| text(row, "createdDateTime") >= day),
        ("createdDateTime le 2026-03-15T00:00:00Z", &|row| text(row, "createdDateTime") <= day),
        ("riskLevelAggregated eq 'high' or riskLevelAggregated eq 'medium'", &|row| {
            row["riskLevelAggregated"] == "high" || row["riskLevelAggregated"] == "medium"
        }),
        ("not(riskState eq 'none')", &|row| row["riskState"] != "none"),
        ("startsWith(userPrincipalName,'a')", &|row| text(row, "userPrincipalName").starts_with('a')),
        ("status/errorCode eq 50126", &|row| row["status"]["errorCode"] == 50126),
        ("location/countryOrRegion eq 'NL'", &|row| row["location"]["countryOrRegion"] == "NL"),
        ("riskEventTypes_v2/any(t:t eq 'anomalousToken')", &|row| {
            row["riskEventTypes_v2"].as_array().is_some_and(|types| types.contains(&"anomalousToken".into()))
        }),
        ("signInEventTypes/any(t: t eq 'nonInteractiveUser')", &|row| row["isInteractive"] == false),
    ];
    for (filter, expected) in cases {
        let filter = format!("({filter}) and {EVERY_EVENT}");
        let answer = probe.query("beta/auditLogs/signIns", &[("$filter", &filter)]).await;
        if filter.contains("riskState ne") {
            assert_eq!(answer.status, 400, "ne is not documented for riskState");
            continue;
        }
        let rows = probe.walk("beta/auditLogs/signIns", &[("$filter", &filter), ("$top", "37")]).await;
        let wanted: Vec<&Value> = all.iter().filter(|row| expected(row)).collect();
        assert!(!wanted.is_empty(), "{filter} tests nothing");
        assert_eq!(ids(&rows), wanted.iter().map(|row| text(row, "id")).collect::<Vec<_>>(), "{filter}");
    }
    let upward =
        probe.walk("beta/auditLogs/signIns", &[("$orderby", "createdDateTime"), ("$top", "100")]).await;
    let mut downward = probe.walk("beta/auditLogs/signIns", &[]).await;
    assert!(downward.iter().all(|row| row["isInteractive"] == true), "interactive ones only, unless asked");
    downward.reverse();
    assert_eq!(upward, downward);
}

#[tokio::test]
async fn the_other_lists_page_and_filter_too() {
    let probe = Probe::start(small());
    let users = probe.walk("v1.0/identityProtection/riskyUsers", &[("$top", "7")]).await;
    assert_eq!(ids(&users).into_iter().collect::<BTreeSet<_>>().len(), users.len());
    let since = text(&users[users.len() / 2], "riskLastUpdatedDateTime").to_owned();
    let filter = format!("riskLastUpdatedDateTime ge {since} and isDeleted eq false");
    let later = probe.walk("v1.0/identityProtection/riskyUsers", &[("$filter", &filter)]).await;
    assert!(!later.is_empty() && later.len() < users.len());
    assert!(later.iter().all(|row| text(row, "riskLastUpdatedDateTime") >= since.as_str()));
    let found = probe.walk("beta/identityProtection/riskDetections", &[]).await;
    let first = probe.query("beta/identityProtection/riskDetections", &[]).await.body;
    assert_eq!(first["value"].as_array().map(Vec::len), Some(20), "the documented default");
    let wanted: Vec<&str> = ids(&found).into_iter().take(3).collect();
    let filter = format!("id in ('{}')", wanted.join("','"));
    let some = probe.walk("beta/identityProtection/riskDetections", &[("$filter", &filter)]).await;
    assert_eq!(ids(&some), wanted);
    let counted =
        probe.query("v1.0/identityProtection/riskyUsers", &[("$count", "true"), ("$top", "1")]).await;
    assert_eq!(counted.body["@odata.count"], users.len());
    let narrow =
        probe.query("beta/auditLogs/signIns", &[("$select", "id,riskState"), ("$top", "1")]).await.body;
    assert_eq!(narrow["value"][0].as_object().map(serde_json::Map::len), Some(2));
}

#[tokio::test]
async fn single_rows_and_history_agree_with_the_lists() {
    let probe = Probe::start(small());
    let sign_in = &probe.sign_ins_at_risk().await[0];
    let same = probe.query(&format!("beta/auditLogs/signIns/{}", text(sign_in, "id")), &[]).await.body;
    assert_eq!(same["riskEventTypes_v2"], sign_in["riskEventTypes_v2"]);
    for user in probe.users_at_risk().await.iter().take(20) {
        let path = format!("v1.0/identityProtection/riskyUsers/{}", text(user, "id"));
        assert_eq!(probe.query(&path, &[]).await.body["riskLevel"], user["riskLevel"]);
        let history = probe.query(&format!("{path}/history"), &[]).await.body;
        let entries = history["value"].as_array().expect("entries");
        assert_eq!(entries[0]["id"], user["id"], "the newest entry has the user's id");
        assert_eq!(entries[0]["riskLevel"], user["riskLevel"]);
        for entry in entries {
            let one = probe.query(&format!("{path}/history/{}", text(entry, "id")), &[]).await.body;
            assert_eq!(one["riskState"], entry["riskState"]);
        }
    }
    let found = probe.query("v1.0/identityProtection/riskDetections", &[]).await.body["value"][0].clone();
    let path = format!("v1.0/identityProtection/riskDetections/{}", text(&found, "id"));
    assert_eq!(probe.query(&path, &[]).await.body["riskEventType"], found["riskEventType"]);
    for path in [
        "beta/auditLogs/signIns/0badf00d-1c2d-4e3f-8a4b-5c6d7e8f9005",
        "v1.0/identityProtection/riskyUsers/nobody",
        "v1.0/identityProtection/riskDetections/ab\u{e9}",
    ] {
        let answer = probe.get(path).await;
        assert_eq!((answer.status, text(&answer.body["error"], "code")), (404, "Request_ResourceNotFound"));
    }
}

#[tokio::test]
async fn what_is_not_documented_is_refused() {
    let probe = Probe::start(Options { strict_filters: true, ..small() });
    let lenient = Probe::start(small());
    let sign_ins = "beta/auditLogs/signIns";
    let users = "v1.0/identityProtection/riskyUsers";
    for (path, name, value) in [
        (sign_ins, "$filter", "isInteractive eq false"),
        (sign_ins, "$filter", "isRisky eq true"),
        (sign_ins, "$filter", "riskState eq"),
        (sign_ins, "$filter", "riskState eq 'atRisk"),
        (sign_ins, "$filter", "createdDateTime gt 2026-01-01T00:00:00Z"),
        (sign_ins, "$filter", ""),
        ("v1.0/auditLogs/signIns", "$filter", EVERY_EVENT),
        (sign_ins, "$top", "1001"),
        (sign_ins, "$top", "0"),
        (sign_ins, "$top", "many"),
        (sign_ins, "$skip", "5"),
        (sign_ins, "$expand", "user"),
        (sign_ins, "$orderby", "riskState"),
        (sign_ins, "$select", "id,colour"),
        (sign_ins, "$skiptoken", "AAAA"),
        (users, "$top", "501"),
        ("v1.0/identityProtection/riskDetections", "$count", "true"),
    ] {
        let answer = lenient.query(path, &[(name, value)]).await;
        assert_eq!(answer.status, 400, "{name}={value}");
        assert_eq!(answer.body["error"]["code"], "BadRequest", "{name}={value}");
        if name == "$filter" {
            assert_eq!(answer.body["error"]["message"], "Invalid filter clause");
        }
    }
    let deep = format!("{}riskState eq 'atRisk'{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(lenient.query(sign_ins, &[("$filter", &deep)]).await.status, 400);
    let nots = "not ".repeat(1_500) + "riskState eq 'atRisk'";
    assert_eq!(lenient.query(sign_ins, &[("$filter", &nots)]).await.status, 400);
    let by_id = "id in ('0badf00d-1c2d-4e3f-8a4b-5c6d7e8f9005')";
    for path in [sign_ins, users] {
        assert_eq!(probe.query(path, &[("$filter", by_id)]).await.status, 400, "strict");
        assert_eq!(lenient.query(path, &[("$filter", by_id)]).await.status, 200, "lenient");
    }
}

#[tokio::test]
async fn late_members_need_the_preference() {
    let probe = Probe::start(small());
    let path =
        "beta/auditLogs/signIns?$top=1000&$filter=signInEventTypes/any(t:t%20eq%20'nonInteractiveUser')";
    let kinds = |body: &Value| -> BTreeSet<String> {
        let rows = body["value"].as_array().expect("rows");
        rows.iter().map(|row| text(row, "incomingTokenType").to_owned()).collect()
    };
    assert!(kinds(&probe.get(path).await.body).contains("unknownFutureValue"));
    assert!(kinds(&probe.query(path, &[]).await.body).contains("refreshToken"));
}
