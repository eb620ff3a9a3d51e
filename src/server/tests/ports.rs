//! S103: ports, and the first database behind them.

use super::*;

#[tokio::test]
async fn a_port_leads_to_its_owners_latest_host() {
    let house = House::with(|options, _| options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let token = house.person("alice").await;
    let Record::Port(port) = house.ask_as(&token, "POST", "/v1/ports", "").await.record() else { panic!() };
    let bearer = format!("Bearer {}", String::from(token.clone()));
    let moved = [("Authorization", bearer.as_str()), ("X-Forwarded-For", "192.0.2.7")];
    let path = format!("/v1/ports/{}", port.port);
    let Record::Port(now) = house.ask_with("GET", &path, &moved, "").await.record() else { panic!() };
    assert_eq!(now.host.as_deref(), Some("192.0.2.7"));
    assert_eq!((now.port, now.login), (port.port, login("alice")));

    let body = "{\"host\":\"alice.example.org\"}";
    assert_eq!(house.ask_as(&token, "PUT", "/v1/presence", body).await.status, 200);
    let Record::Port(named) = house.ask_with("GET", &path, &moved, "").await.record() else { panic!() };
    assert_eq!(named.host.as_deref(), Some("alice.example.org"));
}

#[tokio::test]
async fn presence_follows_the_refresh_and_the_goodbye() {
    use crate::wire::record::Presence::{Off, On};
    let house = House::new().await;
    let token = house.person("alice").await;
    let state = async || {
        let Record::Port(port) = house.ask_as(&token, "POST", "/v1/ports", "").await.record() else {
            panic!()
        };
        port.state
    };
    assert_eq!(state().await, Off, "no request but a refresh makes a login on");
    assert_eq!(house.ask_as(&token, "PUT", "/v1/presence", "").await.status, 200);
    assert_eq!(state().await, On);
    assert_eq!(house.ask_as(&token, "PUT", "/v1/presence", "{\"off\":true}").await.status, 200);
    assert_eq!(state().await, Off);
    let bad = house.ask_as(&token, "PUT", "/v1/presence", "{\"host\":\"a\\r\\nb\"}").await;
    assert_eq!(bad.code(), Code::BadRequest);
}

#[tokio::test]
async fn strangers_get_the_same_bytes_for_every_number() {
    let house = House::new().await;
    let (alice, bob) = (house.person("alice").await, house.person("bob").await);
    let Record::Port(port) = house.ask_as(&alice, "POST", "/v1/ports", "").await.record() else { panic!() };
    let (own, others) = (port.port.to_string(), ["1", "10999", "4294967295", "0", "x", "%ff", "-1"]);
    let mut seen = Vec::new();
    for number in others.into_iter().chain([own.as_str()]) {
        for method in ["GET", "DELETE"] {
            let answer = house.ask_as(&bob, method, &format!("/v1/ports/{number}"), "").await;
            assert_eq!(answer.code(), Code::NotFound, "{number}");
            seen.push(answer.body);
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(house.ask("GET", &format!("/v1/ports/{own}"), "").await.code(), Code::Unauthorized);
}

#[tokio::test]
async fn another_port_becomes_current_and_the_old_one_stays() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let port = async |body: &str| {
        let answer = house.ask_as(&token, "POST", "/v1/ports", body).await;
        let Record::Port(port) = answer.record() else { panic!("{answer:?}") };
        port.port
    };
    let first = port("").await;
    assert_eq!(port("{}").await, first);
    let second = port("{\"new\":true}").await;
    assert_ne!(second, first);
    assert_eq!(port("").await, second);
    assert_eq!(house.ask_as(&token, "GET", &format!("/v1/ports/{first}"), "").await.status, 200);
    assert_eq!(house.ask_as(&token, "DELETE", &format!("/v1/ports/{second}"), "").await.status, 204);
    assert_eq!(house.ask_as(&token, "GET", &format!("/v1/ports/{second}"), "").await.code(), Code::NotFound);
}
