//! Checks of the source itself: layers, sizes, documentation, reasons; and that every invariant has a test that cites it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Layers from the bottom up, as in docs/ARCHITECTURE.md; a module imports from its own layer and from those below.
const LAYERS: [&[&str]; 11] = [
    &["id", "error", "value"],
    &["arena"],
    &["catalog", "model", "schema"],
    &["operation", "kit"],
    &["table", "relation", "journal"],
    &["engine", "view"],
    &["delete", "audit", "changes"],
    &["store", "query"],
    &["inspect"],
    &["reference", "proptest"],
    &["shared"],
];

/// Lines that one reads in one sitting.
const LONGEST_FILE: usize = 420;

/// Files that may be longer, each with its limit and the reason.
const LONGER_FILES: [(&str, usize, &str); 0] = [];

/// A source file: its path from the package's root, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The file's lines without comments and tests, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = self.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let lines = code.lines().enumerate().map(|(place, line)| (place + 1, line.trim()));
        lines.filter(|(_, line)| !line.starts_with("//"))
    }

    /// The module of the library that the file belongs to: `relation` for `src/relation/keys.rs`.
    fn module(&self) -> &str {
        let path = self.path.trim_start_matches("src/");
        path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
    }

    /// Whether `super` is the crate's root here.
    fn is_top(&self) -> bool {
        self.path.matches('/').count() == 1 || self.path.ends_with("/mod.rs") && self.path.matches('/').count() == 2
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut folders, mut found) = (vec![root.join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the package can be read") {
            let path: PathBuf = entry.expect("an entry of a folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                let path = path.strip_prefix(root).expect("the file is in the package");
                found.push(Source { path: path.to_string_lossy().replace('\\', "/"), text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "{folder} has source files");
    found
}

/// Files of the library itself: neither those of the other packages nor `lib.rs`, which names everything.
fn library() -> Vec<Source> {
    let is_other = |source: &Source| ["src/derive/", "src/codegen/"].iter().any(|other| source.path.starts_with(other));
    let is_library = |source: &Source| !is_other(source) && source.path != "src/lib.rs";
    sources("src").into_iter().filter(is_library).collect()
}

/// The modules named after `prefix` in code: `table` in `crate::table::Has`, both in `crate::{id, value::Value}`.
fn modules_after(prefix: &str, code: &str) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for (place, _) in code.match_indices(prefix) {
        let before = code[..place].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || "_$:".contains(character)) {
            continue;
        }
        let rest = &code[place + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => modules.extend(first_names(list)),
            None => modules.extend(identifier(rest)),
        }
    }
    modules
}

/// First names of the entries of a braced list, up to its closing brace.
fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (place, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.extend(identifier(list[start..place].trim()));
                start = place + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

fn identifier(text: &str) -> Option<String> {
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_string())
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_layer() {
    let files = library();
    let unplaced = files.iter().filter(|source| layer(source.module()).is_none());
    none(
        &unplaced
            .map(|source| format!("{}: give `{}` a place in LAYERS", source.path, source.module()))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn imports_go_down_the_layers_only() {
    let mut wrong = Vec::new();
    for source in library() {
        let code = source.code().map(|(_, line)| line).collect::<Vec<_>>().join("\n");
        let mut named = modules_after("crate::", &code);
        if source.is_top() {
            named.extend(modules_after("super::", &code));
        }
        let own = layer(source.module());
        // A name without a layer is an item of `lib.rs`, which names everything: as high as can be.
        let upward = named.iter().filter(|module| layer(module).is_none_or(|other| Some(other) > own));
        wrong.extend(upward.map(|module| format!("{}: `{}` imports `{module}`", source.path, source.module())));
    }
    none(&wrong);
}

#[test]
fn an_upward_import_would_be_found() {
    let code = "use crate::{id::{Id, RawId}, engine};\nfn f() -> crate::store::Store { $crate::no::no() }\nuse crate::table::Has;";
    let found: Vec<String> = modules_after("crate::", code).into_iter().collect();
    assert_eq!(found, ["engine", "id", "store", "table"]);
}

#[test]
fn relation_code_never_sees_rows() {
    let mut wrong = Vec::new();
    for source in library().iter().filter(|source| source.module() == "relation") {
        let rows = source.code().filter(|(_, line)| line.contains("crate::table") || line.contains("arena::rows"));
        wrong.extend(rows.map(|(number, line)| format!("{}:{number}: {line}", source.path)));
    }
    none(&wrong);
}

#[test]
fn the_engine_names_no_model_type() {
    let mut wrong = Vec::new();
    for source in library().iter().filter(|source| ["engine", "relation", "journal"].contains(&source.module())) {
        let typed = source.code().filter(|(_, line)| line.contains(": Model") || line.contains("Has<"));
        wrong.extend(typed.map(|(number, line)| format!("{}:{number}: {line}", source.path)));
    }
    none(&wrong);
}

#[test]
fn nothing_is_downcast() {
    let mut wrong = Vec::new();
    for source in library() {
        let erased = source.code().filter(|(_, line)| line.contains("dyn Any") || line.contains("downcast"));
        wrong.extend(erased.map(|(number, line)| format!("{}:{number}: {line}", source.path)));
    }
    none(&wrong);
}

#[test]
fn files_are_read_in_one_sitting() {
    let limit = |path: &str| {
        LONGER_FILES.iter().find(|(longer, ..)| *longer == path).map_or(LONGEST_FILE, |&(_, limit, _)| limit)
    };
    let long = sources("src").into_iter().filter_map(|source| {
        let (lines, limit) = (source.text.lines().count(), limit(&source.path));
        (lines > limit).then(|| format!("{}: {lines} lines, more than {limit}", source.path))
    });
    none(&long.collect::<Vec<_>>());
}

#[test]
fn exceptions_from_the_size_are_still_needed() {
    for (path, _, reason) in LONGER_FILES {
        let longer = sources("src").into_iter().find(|source| source.path == path);
        let lines = longer.map_or(0, |source| source.text.lines().count());
        assert!(lines > LONGEST_FILE, "{path} has {lines} lines: take it off the list ({reason})");
    }
}

#[test]
fn every_module_starts_with_its_purpose() {
    let is_documented = |source: &Source| source.text.starts_with("//! ") || source.text.starts_with("#![doc = ");
    let mute = sources("src").into_iter().filter(|source| !is_documented(source));
    none(&mute.map(|source| format!("{}: start with a `//!` text", source.path)).collect::<Vec<_>>());
}

#[test]
fn module_texts_are_fifteen_lines_at_most() {
    let long = sources("src").into_iter().filter_map(|source| {
        let lines = source.text.lines().take_while(|line| line.starts_with("//!")).count();
        (lines > 15).then(|| format!("{}: {lines} lines of `//!`", source.path))
    });
    none(&long.collect::<Vec<_>>());
}

#[test]
fn no_unwrap_states_no_invariant() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let unwraps = source.code().filter(|(_, line)| line.contains(".unwrap()"));
        wrong.extend(unwraps.map(|(number, line)| format!("{}:{number}: {line}", source.path)));
    }
    none(&wrong);
}

#[test]
fn lint_exceptions_carry_reasons() {
    let mut wrong = Vec::new();
    for source in sources("src").into_iter().chain(sources("tests")).filter(|source| source.path != "tests/tidy.rs") {
        for name in ["allow(", "expect("] {
            for opening in ["#[", "#!["] {
                let attribute = format!("{opening}{name}");
                for (place, _) in source.text.match_indices(&attribute) {
                    let rest = &source.text[place..];
                    let end = rest.find(")]").unwrap_or(rest.len());
                    if !rest[..end].contains("reason = ") {
                        let number = source.text[..place].lines().count() + 1;
                        wrong.push(format!("{}:{number}: a lint exception without a reason", source.path));
                    }
                }
            }
        }
    }
    none(&wrong);
}

/// Whether a text names an invariant by its number: `I1`, and not `I10`.
fn cites(text: &str, invariant: &str) -> bool {
    let is_part = |character: Option<char>| character.is_some_and(|one| one.is_alphanumeric() || one == '_');
    text.match_indices(invariant).any(|(place, _)| {
        let (before, after) = (&text[..place], &text[place + invariant.len()..]);
        !is_part(before.chars().next_back()) && !is_part(after.chars().next())
    })
}

#[test]
fn every_invariant_is_cited_by_a_test() {
    let tests: Vec<Source> = sources("tests").into_iter().filter(|source| source.path != "tests/tidy.rs").collect();
    let invariants = (1..=10).map(|number| format!("I{number}"));
    let uncited = invariants.filter(|invariant| !tests.iter().any(|source| cites(&source.text, invariant)));
    none(&uncited.map(|invariant| format!("no test cites {invariant}")).collect::<Vec<_>>());
}
