//! The character between two cells, seen from how evenly it divides the first rows.

/// What is tried, in the order of preference when two divide equally well.
const CANDIDATES: &[u8] = b",\t;|";
/// Bytes and rows that are looked at.
const SAMPLE: usize = 64 << 10;
const ROWS: usize = 50;

/// The delimiter, and how many bytes of a leading `sep=` line say so.
pub(super) fn find(text: &str) -> (u8, usize) {
    if let Some((delimiter, length)) = declared(text) {
        return (delimiter, length);
    }
    let sample = sample(text);
    let best = CANDIDATES
        .iter()
        .enumerate()
        .map(|(rank, delimiter)| (score(sample, *delimiter), core::cmp::Reverse(rank), *delimiter));
    (best.max().map_or(b',', |(_, _, delimiter)| delimiter), 0)
}

/// Excel writes and obeys a first line `sep=;`.
fn declared(text: &str) -> Option<(u8, usize)> {
    let line_end = text.find('\n')?;
    let line = text.get(..line_end)?.trim_end_matches('\r');
    let value = line.trim_matches('"').strip_prefix("sep=")?;
    let [delimiter] = *value.as_bytes() else { return None };
    Some((delimiter, line_end.checked_add(1)?))
}

fn sample(text: &str) -> &str {
    let mut end = Ord::min(SAMPLE, text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let sample = text.get(..end).unwrap_or(text);
    // A row that the sample cuts off would look shorter than it is.
    match sample.rfind('\n') {
        Some(line_end) if end < text.len() => sample.get(..line_end).unwrap_or(sample),
        _ => sample,
    }
}

/// Rows that share the most common number of cells, weighted by that number; nothing for a column of one.
fn score(sample: &str, delimiter: u8) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(sample.as_bytes());
    let mut record = csv::ByteRecord::new();
    let mut counts: Vec<usize> = Vec::new();
    while counts.len() < ROWS && reader.read_byte_record(&mut record).unwrap_or(false) {
        counts.push(record.len());
    }
    let agreeing = |count: usize| counts.iter().filter(|own| **own == count).count();
    let common = counts.iter().copied().max_by_key(|count| (agreeing(*count), *count)).unwrap_or(0);
    if common < 2 {
        return 0;
    }
    agreeing(common).saturating_mul(100).saturating_add(Ord::min(common, 50))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_character_that_divides_evenly_wins() {
        assert_eq!(find("a,b;c\n1,2;3\n"), (b',', 0));
        assert_eq!(find("order;weight;city\n1;12,5;Pune, MH\n2;13,0;Delhi\n"), (b';', 0));
        assert_eq!(find("a\tb\n1,5\t2\n"), (b'\t', 0));
        assert_eq!(find("\"a|b\"|c\n1|2\n"), (b'|', 0));
        assert_eq!(find("sep=;\r\na,b;c\n"), (b';', 7));
        assert_eq!(find("alone\nin\na column\n"), (b',', 0));
    }
}
