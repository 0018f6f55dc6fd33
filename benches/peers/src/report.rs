//! Tables as Markdown and the plot as SVG, from what was measured.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use comfy_table::{CellAlignment, Table, presets};
use plotters::prelude::*;

use crate::further::Line;
use crate::queries;
use crate::runner::{CONTESTANTS, Measured};
use crate::workloads::{ALL, BYTES, Workload};

fn table(header: impl IntoIterator<Item = String>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(header.into_iter().collect::<Vec<_>>());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Three digits, no more.
pub fn number(value: f64) -> String {
    match value {
        _ if value >= 100.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A ratio with its target beside; in bold where it is missed.
fn judged(ratio: Option<f64>, target: Option<f64>, is_met: impl Fn(f64, f64) -> bool) -> String {
    match (ratio, target) {
        (Some(ratio), Some(target)) if is_met(ratio, target) => format!("{} ({target})", number(ratio)),
        (Some(ratio), Some(target)) => format!("**{}** ({target})", number(ratio)),
        (Some(ratio), None) => number(ratio),
        (None, _) => "-".into(),
    }
}

fn ratios(measured: &Measured, workload: &Workload) -> Vec<String> {
    let slower = measured.ratio(workload.id, "relarena", "handwritten");
    let faster =
        |peer, target| judged(measured.ratio(workload.id, peer, "relarena"), target, |ratio, target| ratio >= target);
    let spread = measured.spread(workload.id, "relarena", "handwritten");
    let spread = spread.map_or(String::new(), |(low, high)| format!("{} to {}", number(low), number(high)));
    vec![
        judged(slower, Some(workload.handwritten), |ratio, target| ratio <= target),
        spread,
        faster("bevy", workload.bevy),
        faster("hashmaps", workload.hashmaps),
        faster("sqlite", workload.sqlite),
    ]
}

/// For each size: times of all contestants, and ratios with their targets.
pub fn tables(all: &[Measured]) -> String {
    let mut text = String::new();
    for measured in all {
        let names = CONTESTANTS.iter().map(|one| one.name.to_string());
        let against =
            ["x handwritten", "rounds from", "bevy / ours", "hashmaps / ours", "sqlite / ours"].map(String::from);
        let mut table = table([format!("{} rows, ns", measured.size)].into_iter().chain(names).chain(against));
        for workload in ALL.iter().filter(|one| measured.times.keys().any(|(id, _)| *id == one.id)) {
            let times = CONTESTANTS.iter().map(|one| measured.time(workload.id, one.name).map_or("-".into(), number));
            table.add_row(
                [workload.title.to_string()]
                    .into_iter()
                    .chain(times)
                    .chain(ratios(measured, workload))
                    .collect::<Vec<_>>(),
            );
        }
        if let Some(&ours) = measured.bytes.get("relarena") {
            let bytes =
                CONTESTANTS.iter().map(|one| measured.bytes.get(one.name).map_or("-".into(), |&bytes| number(bytes)));
            let met = judged(Some(ours), Some(BYTES), |bytes, limit| bytes <= limit);
            let last = [format!("{met} B"), "-".into(), "-".into(), "-".into(), "-".into()];
            table.add_row(
                ["live bytes per book, text apart".to_string()]
                    .into_iter()
                    .chain(bytes)
                    .chain(last)
                    .collect::<Vec<_>>(),
            );
        }
        text.push_str(&table.to_string());
        text.push_str("\n\n");
    }
    text
}

/// For each size: times of all contestants that queries have, and ratios with their targets.
pub fn queries(all: &[Measured]) -> String {
    let mut text = String::new();
    for measured in all {
        let names = queries::CONTESTANTS.map(String::from);
        let against = ["x handwritten", "rounds from", "x loop", "sqlite / ours"].map(String::from);
        let first = [format!("{} books, ns", measured.size)];
        let mut table = table(first.into_iter().chain(names).chain(against));
        for question in queries::ALL.iter().filter(|one| measured.times.keys().any(|(id, _)| *id == one.id)) {
            let target = |target: f64| (target > 0.0).then_some(target);
            let times = queries::CONTESTANTS.iter();
            let times = times.map(|one| measured.time(question.id, one).map_or("-".into(), number));
            let slower = |other| measured.ratio(question.id, "relarena", other);
            let spread = measured.spread(question.id, "relarena", "handwritten");
            let ratios = [
                judged(slower("handwritten"), target(question.handwritten), |ratio, target| ratio <= target),
                spread.map_or(String::new(), |(low, high)| format!("{} to {}", number(low), number(high))),
                judged(slower("loop"), None, |_, _| true),
                judged(measured.ratio(question.id, "sqlite", "relarena"), target(question.sqlite), |ratio, target| {
                    ratio >= target
                }),
            ];
            table.add_row([question.title.to_string()].into_iter().chain(times).chain(ratios).collect::<Vec<_>>());
        }
        text.push_str(&table.to_string());
        text.push_str("\n\n");
    }
    text
}

/// What is measured beside the table.
pub fn further(lines: &[Line]) -> String {
    let mut table = table(["measure", "value", "beside", "target"].map(String::from));
    for line in lines {
        table.add_row([&line.measure, &line.value, &line.beside, &line.target]);
    }
    format!("{table}\n")
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// Puts text between two markers of a document.
fn replace(document: &str, name: &str, text: &str) -> Result<String, Box<dyn Error>> {
    let (start, end) = (format!("<!-- {name}: written by benches/peers -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = document.split_once(&start).ok_or(format!("no place for {name}"))?;
    let (_, after) = rest.split_once(&end).ok_or(format!("no end of {name}"))?;
    Ok(format!("{before}{start}\n{}\n\n{end}{after}", text.trim_end()))
}

/// Writes the tables of queries into the documentation.
///
/// # Errors
///
/// What reading and writing of files answer.
pub fn write_queries(all: &[Measured]) -> Result<(), Box<dyn Error>> {
    let path = docs().join("BENCHMARKS.md");
    let document = fs::read_to_string(&path)?;
    Ok(fs::write(&path, replace(&document, "queries", &queries(all))?)?)
}

/// Writes tables and plot into the documentation.
///
/// # Errors
///
/// What reading and writing of files answer.
pub fn write(all: &[Measured], lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let path = docs().join("BENCHMARKS.md");
    let document = fs::read_to_string(&path)?;
    let document = replace(&document, "tables", &tables(all))?;
    fs::write(&path, replace(&document, "further", &further(lines))?)?;
    plot(all, &docs().join("benchmarks.svg"))
}

const ROW: u32 = 26;
const COLORS: [RGBColor; 5] = [
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x33, 0x33, 0x33),
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
];

/// A panel for each size: a line for each workload, a dot for each contestant, time as a multiple of `handwritten`; the bar is
/// what relarena may take.
fn plot(all: &[Measured], path: &Path) -> Result<(), Box<dyn Error>> {
    let height = (ALL.len() as u32 + 3) * ROW;
    let root = SVGBackend::new(path, (900, height * all.len() as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, measured) in root.split_evenly((all.len(), 1)).iter().zip(all) {
        let mut chart = ChartBuilder::on(area)
            .caption(format!("{} rows: time as a multiple of handwritten", measured.size), ("sans-serif", 16))
            .margin(8)
            .x_label_area_size(24)
            .y_label_area_size(230)
            .build_cartesian_2d((0.3..1000.0).log_scale(), -0.5..ALL.len() as f64 - 0.5)?;
        let title = |place: &f64| {
            let workload = ALL.iter().rev().zip(0_u32..).find(|&(_, line)| (f64::from(line) - place).abs() < 0.01);
            workload.map_or(String::new(), |(workload, _)| workload.title.to_string())
        };
        chart.configure_mesh().disable_y_mesh().y_labels(ALL.len() + 1).y_label_formatter(&title).draw()?;
        for (color, contestant) in COLORS.iter().zip(&CONTESTANTS) {
            let dots = ALL.iter().rev().enumerate().filter_map(|(place, workload)| {
                let ratio = measured.ratio(workload.id, contestant.name, "handwritten")?;
                Some(Circle::new((ratio, place as f64), 4, color.filled()))
            });
            let legend = move |(x, y)| Circle::new((x + 8, y), 4, color.filled());
            chart.draw_series(dots)?.label(contestant.name).legend(legend);
        }
        chart.draw_series(ALL.iter().rev().enumerate().map(|(place, workload)| {
            let (x, y) = (workload.handwritten, place as f64);
            PathElement::new([(x, y - 0.35), (x, y + 0.35)], COLORS[0].stroke_width(2))
        }))?;
        chart.configure_series_labels().position(SeriesLabelPosition::LowerRight).border_style(BLACK).draw()?;
    }
    root.present()?;
    Ok(())
}
