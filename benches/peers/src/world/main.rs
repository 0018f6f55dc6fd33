//! A real project at scale: 157 models, 416,300 rows. Loads, the biggest cascade, recorded traces, bytes; beside maps and
//! vectors written by hand and `SQLite` in memory, in one run, which take turns. Times are CPU times.
//!
//! `cargo run --release --features world --bin world -- [--rounds N] [FOLDER]`, where the folder has the recordings
//! (`load.jsonl.gz`, `deletes.jsonl.gz`).

mod load;
mod maps;
#[path = "../memory.rs"]
mod memory;
mod ours;
mod sqlite;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use comfy_table::Table;
use cpu_time::ThreadTime;
use relarena::Schema as _;
use relarena_replay_schemas::pokeapi::World;

use self::load::parse;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

const HUB: &str = "Region";

/// Measures a real project at scale.
#[derive(Parser)]
struct Options {
    /// The folder of the recordings
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/pokeapi"))]
    folder: PathBuf,
    /// How often the contestants take turns; medians are printed
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only measure this store: for profilers
    #[arg(long)]
    alone: bool,
}

/// CPU time of this thread.
fn clock() -> Duration {
    ThreadTime::now().as_duration()
}

/// Times of one measurement in each round.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn median(&mut self) -> Duration {
        self.0.sort_unstable();
        self.0[self.0.len() / 2]
    }
}

fn main() {
    let options = Options::parse();
    let (load, deletes) = (options.folder.join("load.jsonl.gz"), options.folder.join("deletes.jsonl.gz"));
    let catalog = World::catalog();
    let steps = || parse(&load, &catalog);
    let traces: Vec<serde_json::Value> =
        load::lines(&deletes).map(|line| serde_json::from_str(&line).expect("a trace is JSON")).collect();

    let [mut made, mut named, mut structs, mut typed] = [const { Times(Vec::new()) }; 4];
    let [mut cascades, mut replayed, mut by_hand, mut sqlite_loads, mut sqlite_cascades] =
        [const { Times(Vec::new()) }; 5];
    let (mut bytes, mut sqlite_bytes, mut rows, mut gone, mut models) = (0, 0, 0, 0, 0);
    for _ in 0..options.rounds {
        let (loaded, live) = memory::counted(|| ours::by_name(steps()));
        made.0.push(loaded.made);
        named.0.push(loaded.inserted);
        rows = catalog.models().iter().filter_map(|model| loaded.store.len_of(model.descriptor.name).ok()).sum();
        bytes = live - memory::counted(|| loaded.rows.clone()).1;
        replayed.0.push(ours::traces(loaded, &traces));

        let mut loaded = ours::typed(steps());
        structs.0.push(loaded.made);
        typed.0.push(loaded.inserted);
        let (time, total, of_models) = ours::cascade(&mut loaded.store, HUB);
        (gone, models) = (total, of_models);
        cascades.0.push(time);
        drop(loaded);
        if options.alone {
            continue;
        }

        let mut maps = maps::Maps::new(&catalog);
        maps.load(steps());
        assert_eq!(maps.len(), rows);
        let (time, total, of_models) = maps.cascade(catalog.model(HUB).expect("the model is known"));
        assert_eq!((total, of_models), (gone, models));
        assert_eq!(maps.len(), rows - gone);
        by_hand.0.push(time);

        let mut connection = sqlite::open(&catalog);
        sqlite_loads.0.push(sqlite::load(&mut connection, &catalog, &steps()));
        assert_eq!(sqlite::len(&connection, &catalog), rows);
        sqlite_bytes = sqlite::bytes(&connection);
        sqlite_cascades.0.push(sqlite::cascade(&connection, HUB));
        assert_eq!(sqlite::len(&connection, &catalog), rows - gone);
    }

    let mut table = Table::new();
    table.set_header(["", "relarena", "limit", "maps and vectors", "SQLite", "SQLite / relarena"]);
    let seconds = |time: Duration| format!("{:.3} s", time.as_secs_f64());
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let mut line = |name: String, ours: String, limit: &str, by_hand: String, sqlite: String, ratio: f64| {
        let ratio = if ratio > 0.0 { format!("{ratio:.1}") } else { String::new() };
        table.add_row([name, ours, limit.into(), by_hand, sqlite, ratio]);
    };
    let none = String::new;
    let (named, typed, cascade) = (named.median(), typed.median(), cascades.median());
    line("values by name made".into(), seconds(made.median()), "", none(), none(), 0.0);
    let mut sqlite_load = None;
    if !options.alone {
        sqlite_load = Some(sqlite_loads.median());
    }
    let of_sqlite = |time: Option<Duration>| time.map_or_else(none, seconds);
    let ratio =
        |time: Option<Duration>, ours: Duration| time.map_or(0.0, |time| time.as_secs_f64() / ours.as_secs_f64());
    let name = format!("load of {rows} rows, by name");
    line(name, seconds(named), "1.0 s", none(), of_sqlite(sqlite_load), ratio(sqlite_load, named));
    line("structs made".into(), seconds(structs.median()), "", none(), none(), 0.0);
    let name = "load, insert_many of structs".to_owned();
    line(name, seconds(typed), "0.25 s", none(), of_sqlite(sqlite_load), ratio(sqlite_load, typed));
    let (by_hand, native) =
        if options.alone { (none(), None) } else { (millis(by_hand.median()), Some(sqlite_cascades.median())) };
    let name = format!("cascade from all {HUB} rows: {gone} rows of {models} models");
    line(name, millis(cascade), "60 ms", by_hand, native.map_or_else(none, millis), ratio(native, cascade));
    let name = format!("{} recorded traces", traces.len());
    line(name, seconds(replayed.median()), "1.5 s", none(), none(), 0.0);
    let each = |bytes: usize| if bytes == 0 { none() } else { format!("{:.0}", bytes as f64 / rows as f64) };
    line("live bytes for each row".into(), each(bytes), "", none(), each(sqlite_bytes), 0.0);
    println!("{table}");
}
