//! The pages: looked at without effect, pressed with one.

use super::*;

#[tokio::test]
async fn looking_at_the_confirmation_does_nothing_pressing_it_does() {
    let house = House::new().await;
    house.person("alice").await;
    let mail = house.mail("alice@example.org", 0).await;
    let ticket = after(&mail, "/confirm?t=");
    let verified = async || house.store.login(login("alice")).await.unwrap().unwrap().verified;

    let page = house.ask("GET", &format!("/confirm?t={ticket}"), "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<button>Confirm</button>"), "{page:?}");
    assert!(!verified().await);

    let korean = [("Accept-Language", "ko-KR,ko;q=0.9")];
    let pressed = house.ask_with("POST", "/confirm", &korean, &format!("t={ticket}")).await;
    assert_eq!(pressed.status, 200);
    assert!(pressed.body.contains("lang=\"ko\"") && pressed.body.contains("alice"), "{pressed:?}");
    assert!(verified().await);

    let broken = house.ask("POST", "/confirm", &format!("t={}", forged(&ticket.parse().unwrap()))).await;
    assert_eq!(broken.status, 403);
}

#[tokio::test]
async fn a_page_keeps_to_itself() {
    let house = House::new().await;
    for path in ["/", "/c", "/confirm?t=x"] {
        let page = house.ask("GET", path, "").await;
        for field in [
            "content-security-policy: default-src 'none'",
            "frame-ancestors 'none'",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "content-type: text/html",
        ] {
            assert!(page.head.contains(field), "{path}: {field} in {page:?}");
        }
        assert!(!page.body.contains("<script"), "{page:?}");
    }
    assert!(house.ask("GET", "/c", "").await.body.contains("ch-chat open"));
    assert_eq!(house.ask("GET", "/style.css", "").await.status, 200);
}
