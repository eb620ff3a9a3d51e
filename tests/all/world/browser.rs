//! A real Chromium, driven through chromedriver: what it shows, what it asks for over the network, what it complains of.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use axum::http::Method;
use fantoccini::{
    Client, ClientBuilder, Locator, elements::Element, key::Key, wd::WebDriverCompatibleCommand,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};
use url::{ParseError, Url};

use super::{PATIENCE, Running, World};

/// How a browser is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its languages, the preferred first (`ko,en`).
    pub languages: &'static str,
    /// Whether pages may store anything. A mail program's webview often lets none.
    pub storage: bool,
    /// Width and height of the window, in CSS pixels.
    pub size: (u32, u32),
    /// A touch screen.
    pub phone: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { languages: "en", storage: true, size: (1280, 800), phone: false }
    }
}

/// A phone of 360 pixels.
pub fn phone() -> Setup {
    Setup { size: (360, 740), phone: true, ..Setup::default() }
}

/// A browser with one window and a profile of its own.
pub struct Browser {
    client: Option<Client>,
    runtime: Runtime,
    driver: Running,
    chromium: Option<i32>,
    /// What it may talk to.
    allowed: String,
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("driver", &self.driver).finish_non_exhaustive()
    }
}

impl Browser {
    /// Starts one. It reaches nobody but this machine.
    pub fn start(world: &World, server: &str, setup: &Setup) -> Self {
        let mut command = world.clean("chromedriver".into());
        command.arg("--port=0");
        let driver = Running::start(command);
        let line = driver.line(|line| line.contains("started successfully on port"));
        let port = line.rsplit(' ').next().unwrap().trim_end_matches('.');
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let profile = tempfile::Builder::new().prefix("profile-").tempdir_in(world.path("")).unwrap().keep();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(setup, &profile));
        let client = runtime.block_on(builder.connect(&format!("http://127.0.0.1:{port}"))).unwrap();
        let lock = std::fs::read_link(profile.join("SingletonLock")).ok();
        let chromium = lock.and_then(|lock| lock.to_string_lossy().rsplit('-').next()?.parse().ok());
        let allowed = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let browser = Self { client: Some(client), runtime, driver, chromium, allowed };
        browser.resize(setup.size, setup.phone);
        // What the browser's own first page asks of itself is over before ours is opened.
        browser.open("about:blank");
        browser.requests();
        browser
    }

    fn client(&self) -> &Client {
        self.client.as_ref().unwrap()
    }

    /// Makes the window another size.
    pub fn resize(&self, (width, height): (u32, u32), phone: bool) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": phone });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics);
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": phone }));
    }

    /// Light or dark, as the person has set their device.
    pub fn prefers_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Any command of the DevTools protocol.
    pub fn devtools(&self, command: &str, params: Value) -> Value {
        let command = Command { path: "goog/cdp/execute", body: json!({ "cmd": command, "params": params }) };
        self.runtime.block_on(self.client().issue_cmd(command)).unwrap()
    }

    /// Runs a script in every page opened from now on, before any of its own.
    pub fn before_pages(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// Opens an address, anew even if only what follows `#` differs.
    pub fn open(&self, url: &str) {
        self.runtime.block_on(async {
            self.client().goto("about:blank").await.unwrap();
            self.client().goto(url).await.unwrap();
        });
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.runtime.block_on(self.client().refresh()).unwrap();
    }

    /// Goes back to the page before.
    pub fn back(&self) {
        self.runtime.block_on(self.client().back()).unwrap();
    }

    /// Puts the window away, as somebody does who looks at something else meanwhile.
    pub fn look_elsewhere(&self) {
        self.runtime.block_on(self.client().minimize_window()).unwrap();
    }

    /// Puts the window before the others again.
    pub fn look_back(&self) {
        self.runtime.block_on(self.client().maximize_window()).unwrap();
    }

    /// The page's title.
    pub fn title(&self) -> String {
        self.runtime.block_on(self.client().title()).unwrap()
    }

    /// What a script in the page says.
    pub fn js(&self, script: &str) -> Value {
        self.runtime.block_on(self.client().execute(script, vec![])).unwrap()
    }

    /// The same for a script that calls its last argument when it is done.
    pub fn js_async(&self, script: &str) -> Value {
        self.runtime.block_on(self.client().execute_async(script, vec![])).unwrap()
    }

    /// The first element that is shown and matches.
    fn shown(&self, css: &str) -> Option<Element> {
        self.runtime.block_on(async {
            for element in self.client().find_all(Locator::Css(css)).await.unwrap_or_default() {
                if element.is_displayed().await.unwrap_or(false) {
                    return Some(element);
                }
            }
            None
        })
    }

    /// Waits until an element is shown.
    #[track_caller]
    pub fn wait_for(&self, css: &str) -> Element {
        self.until(css, || self.shown(css))
    }

    /// Waits until what matches has the focus.
    #[track_caller]
    pub fn until_focus(&self, css: &str) {
        let script = format!("return document.activeElement.matches({})", json!(css));
        self.until(&format!("the focus on {css}"), || (self.js(&script) == true).then_some(()));
    }

    /// Waits until no such element is shown.
    #[track_caller]
    pub fn wait_gone(&self, css: &str) {
        self.until(&format!("{css} to go"), || self.shown(css).is_none().then_some(()));
    }

    /// Waits until the text of the page's first such element contains this.
    #[track_caller]
    pub fn wait_text(&self, css: &str, text: &str) {
        self.until(&format!("{text:?} in {css}"), || {
            self.text(css).is_some_and(|found| found.contains(text)).then_some(())
        });
    }

    /// Waits until a script in the page says yes.
    #[track_caller]
    pub fn wait_js(&self, script: &str) {
        self.until(script, || (self.js(script) == true).then_some(()));
    }

    /// What the first such element shows.
    pub fn text(&self, css: &str) -> Option<String> {
        let script = "const found = document.querySelector(arguments[0]); return found && found.innerText";
        let found = self.runtime.block_on(self.client().execute(script, vec![json!(css)])).ok()?;
        found.as_str().map(str::to_owned)
    }

    /// Presses an element as a person would.
    #[track_caller]
    pub fn press(&self, css: &str) {
        let element = self.wait_for(css);
        self.runtime.block_on(element.click()).unwrap();
    }

    /// Types into an element.
    #[track_caller]
    pub fn type_into(&self, css: &str, text: &str) {
        let element = self.wait_for(css);
        self.runtime.block_on(element.send_keys(text)).unwrap();
    }

    /// Types into whatever has the focus.
    pub fn type_keys(&self, text: &str) {
        self.runtime.block_on(async {
            self.client().active_element().await.unwrap().send_keys(text).await.unwrap();
        });
    }

    /// Presses a key where the focus is.
    pub fn key(&self, key: Key) {
        self.type_keys(&char::from(key).to_string());
    }

    /// Presses a key while others are held.
    pub fn keys_together(&self, held: &[Key], key: Key) {
        let held: String = held.iter().copied().map(char::from).collect();
        // The null key lets go of what was held (WebDriver §17.4.2).
        self.type_keys(&format!("{held}{}{}", char::from(key), char::from(Key::Null)));
    }

    /// What an element shows, also in a page that runs no script.
    pub fn shown_text(&self, css: &str) -> String {
        self.runtime
            .block_on(async { self.client().find(Locator::Css(css)).await.unwrap().text().await.unwrap() })
    }

    #[track_caller]
    fn until<T>(&self, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(value) = ready() {
                return value;
            }
            if began.elapsed() > PATIENCE {
                self.photograph(&format!("failed-{}", std::process::id()));
                let page = self.text("body").unwrap_or_default();
                panic!("waited for {what}; the page says:\n{page}\n\nconsole: {:#?}", self.console());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A picture of what is shown, `NAME.png` in $CH_SCREENSHOTS or target/screenshots.
    pub fn photograph(&self, name: &str) -> PathBuf {
        let target = super::tool("ch-port").ancestors().nth(2).map(Path::to_path_buf).unwrap();
        let folder =
            std::env::var_os("CH_SCREENSHOTS").map_or_else(|| target.join("screenshots"), PathBuf::from);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        let picture = self.runtime.block_on(self.client().screenshot()).unwrap();
        std::fs::write(&path, picture).unwrap();
        path
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        let command = Command { path: "se/log", body: json!({ "type": kind }) };
        let log = self.runtime.block_on(self.client().issue_cmd(command)).unwrap();
        log.as_array().cloned().unwrap_or_default()
    }

    /// What the console complains of since the last time. A server that is away or refuses is no complaint of ours.
    pub fn console(&self) -> Vec<Value> {
        let mut log = self.log("browser");
        log.retain(|entry| {
            let message = entry["message"].as_str().unwrap_or_default();
            entry["source"] != "network" && !message.contains("WebSocket connection to")
        });
        log
    }

    /// Every address it asked for since the last time.
    pub fn requests(&self) -> Vec<String> {
        let events = self.log("performance").into_iter().filter_map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            Some(message["message"].clone())
        });
        let urls = events.filter_map(|event| match event["method"].as_str()? {
            "Network.requestWillBeSent" => event["params"]["request"]["url"].as_str().map(str::to_owned),
            "Network.webSocketCreated" => event["params"]["url"].as_str().map(str::to_owned),
            _ => None,
        });
        urls.collect()
    }

    /// Asserts that nobody else was asked for anything, and that the console is quiet.
    #[track_caller]
    pub fn is_clean(&self) {
        let complaints = self.console();
        assert!(complaints.is_empty(), "{complaints:#?}");
        let foreign: Vec<_> = self
            .requests()
            .into_iter()
            .filter(|url| !["about:", "data:", "chrome:"].iter().any(|own| url.starts_with(own)))
            .filter(|url| Url::parse(url).unwrap().authority() != self.allowed)
            .collect();
        assert!(foreign.is_empty(), "{foreign:#?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            let closing = async { tokio::time::timeout(Duration::from_secs(10), client.close()).await };
            let _closed = self.runtime.block_on(closing);
        }
        // Gone by now, unless closing failed: then the driver would leave it behind.
        let pid = self.chromium.and_then(rustix::process::Pid::from_raw);
        let _gone = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::TERM));
    }
}

fn capabilities(setup: &Setup, profile: &Path) -> Map<String, Value> {
    let args = json!([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        format!("--lang={}", setup.languages.split(',').next().unwrap()),
        format!("--user-data-dir={}", profile.display()),
        "about:blank",
    ]);
    let mut prefs = json!({ "intl.accept_languages": setup.languages });
    if !setup.storage {
        prefs["profile.default_content_setting_values.cookies"] = json!(2);
    }
    let capabilities = json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "args": args, "prefs": prefs },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    });
    capabilities.as_object().cloned().unwrap()
}

/// A command that only chromedriver knows.
#[derive(Debug)]
struct Command {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
