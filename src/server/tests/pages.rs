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
        assert!(!page.body.replace("<script type=\"module\" src=\"", "").contains("<script"), "{page:?}");
    }
    assert!(house.ask("GET", "/c", "").await.body.contains("ch-chat open"));
}

#[tokio::test]
async fn a_page_gets_the_files_of_its_own_version_and_of_no_other() {
    let house = House::new().await;
    let page = house.ask("GET", "/c", "").await;
    assert!(page.head.contains("script-src 'self'; connect-src 'self' ws://"), "{page:?}");
    let named: Vec<_> = page.body.split(['"']).filter(|word| word.starts_with("web/")).collect();
    assert!(named.len() > 10, "{page:?}");
    for path in &named {
        let file = house.ask("GET", &format!("/{path}"), "").await;
        assert_eq!(file.status, 200, "{path}");
        let media_type = if path.ends_with(".css") { "text/css" } else { "text/javascript" };
        for field in [media_type, "immutable", "x-content-type-options: nosniff"] {
            assert!(file.head.contains(field), "{path}: {field} in {file:?}");
        }
    }
    for other in ["/web/0123456789ab/c.js", &format!("/{}", named[0].replace("style.css", "secret.js"))] {
        assert_eq!(house.ask("GET", other, "").await.status, 404, "{other}");
    }
}
