//! What a browser calls itself, in our words: the name under which a person finds it among their devices.

/// The first that its `User-Agent` holds (RFC 9110 §10.1.5); most hold the names of others too, so the order counts.
const BROWSERS: &[(&str, &str)] = &[
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(", "Naver"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// `browser, Chrome on Linux`, or as much of it as can be told. Nothing of what the browser wrote is in it.
#[must_use]
pub fn device_name(user_agent: &str) -> String {
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("browser, {browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => format!("browser, {one}"),
        (None, None) => "browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_our_words() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "browser, Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1",
                "browser, Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S901N) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
                 Chrome/130.0 Mobile Safari/537.36;KAKAOTALK 2410500",
                "browser, KakaoTalk on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
                "browser, Firefox on Windows",
            ),
            ("curl/8.0", "browser"),
            ("", "browser"),
            ("\u{1b}[31m Windows", "browser, Windows"),
        ] {
            assert_eq!(device_name(agent), name, "{agent}");
        }
    }
}
