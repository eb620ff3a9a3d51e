//! The checked-in man pages and completions are what the tools' arguments give.

use std::{collections::BTreeSet, fs, path::Path};

use chmail::cli::{args, exit, generate};

const TOP: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_man_page_and_completion_is_current() {
    let mut stale = Vec::new();
    for (file, now) in generate::all().unwrap() {
        let path = Path::new(TOP).join(&file);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &now).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != now {
            stale.push(file.display().to_string());
        }
    }
    assert!(stale.is_empty(), "stale: {}; `make generate` writes them anew", stale.join(", "));
}

#[test]
fn there_are_no_pages_of_tools_that_do_not_exist() {
    let made: BTreeSet<_> = generate::all().unwrap().into_iter().map(|(file, _)| file).collect();
    for folder in ["man", "completions"] {
        for entry in fs::read_dir(Path::new(TOP).join(folder)).unwrap() {
            let file = Path::new(folder).join(entry.unwrap().file_name());
            assert!(made.contains(&file), "{} is made from nothing", file.display());
        }
    }
}

#[test]
fn every_tool_has_a_page() {
    let pages: BTreeSet<String> =
        args::PAGES.iter().map(|page| (page().command)().get_name().to_owned()).collect();
    let tools: BTreeSet<String> = fs::read_dir(Path::new(TOP).join("src/bin"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(pages, tools, "src/cli/args/mod.rs lists the pages of the tools in src/bin");
}

#[test]
fn every_page_tells_every_exit_status() {
    for (file, text) in generate::all().unwrap().iter().filter(|(file, _)| file.starts_with("man")) {
        for (exit, _) in exit::TABLE {
            assert!(text.contains(&format!("\\fB{}\\fR\n", exit.code())), "{}: {exit:?}", file.display());
        }
    }
}

#[test]
fn the_arguments_of_every_tool_are_sound() {
    args::PAGES.iter().for_each(|page| (page().command)().debug_assert());
}
