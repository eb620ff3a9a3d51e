//! What this machine says of itself and of who sits at it.

use std::{env, fs};

use crate::wire::{display, limits};

/// What this machine calls itself, if it says.
#[must_use]
pub fn name() -> Option<String> {
    let name =
        fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| fs::read_to_string("/etc/hostname"));
    let name = display::clean(name.ok()?.trim());
    (!name.is_empty() && name.len() <= limits::DEVICE_NAME).then_some(name)
}

/// The person's locale, as POSIX finds it (`ko_KR.UTF-8`); empty when none is set.
#[must_use]
pub fn locale() -> String {
    let set = |name: &&str| env::var(name).is_ok_and(|value| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find(|name| set(name))
        .and_then(|name| env::var(name).ok())
        .unwrap_or_default()
}
