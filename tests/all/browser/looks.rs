//! How a state looks, at both widths, light and dark: pictures to be looked at, and axe-core for what keeps people out.

use std::{fs, path::Path};

use serde_json::json;

use crate::world::browser::Browser;

impl Browser {
    /// Asserts that the page is no longer than the window, on a phone and on a desk.
    #[track_caller]
    pub fn fits(&self) {
        for (width, height, phone) in [(360, 740, true), (1280, 800, false)] {
            self.resize((width, height), phone);
            let heights = self.js("return [document.scrollingElement.scrollHeight, window.innerHeight]");
            let (page, window) = (heights[0].as_u64().unwrap(), heights[1].as_u64().unwrap());
            assert!(page <= window, "{page} px of page in a window of {window} px, {width} px wide");
        }
    }
}

/// Photographs what is shown, and asserts that nothing in it keeps anybody out.
#[track_caller]
pub fn look_at(browser: &Browser, name: &str) {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(&axe).expect("axe-core is there: `tests/setup.sh soak` gets it");
    browser.js(&axe);
    for (width, height, phone) in [(360, 740, true), (1280, 800, false)] {
        browser.resize((width, height), phone);
        for dark in [false, true] {
            browser.prefers_dark(dark);
            let found = browser.js_async(
                "const done = arguments[arguments.length - 1];
                 axe.run(document, { resultTypes: ['violations'] })
                    .then(({ violations }) => done(violations.map(({ id, nodes }) =>
                        `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`)));",
            );
            let scheme = if dark { "dark" } else { "light" };
            browser.photograph(&format!("{name}-{width}-{scheme}"));
            assert_eq!(found, json!([]), "{name}, {width} px, {scheme}");
            let wide = browser.js("return document.documentElement.scrollWidth > window.innerWidth");
            assert_eq!(wide, false, "{name} is wider than {width} px");
        }
    }
}
