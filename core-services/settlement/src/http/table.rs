//! Tables (workbooks, CSV) read into contracts and bills, with every row that cannot be read named.
//!
//! `mappings/formats/table` reads them, as it does for orders.

use std::collections::BTreeMap;

use caravan_mappings_table::{Limits, Refused, Sheet};
use caravan_web::Problem;
use csv::StringRecord;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::wire::contract::{Area, Lane, Slab, Terms};
use crate::wire::invoice::{InvoiceIn, LineIn, ReferenceIn};

/// Most rows of a table.
const ROWS_MAX: usize = 50_000;
/// Most rejects that are told.
const REJECTS_MAX: usize = 1_000;

/// How a table is to be taken.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// Say what would happen, and do nothing.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// A row that was not taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SettlementTableReject)]
pub(crate) struct RejectOut {
    /// Its row in the file, the header being 1.
    pub(crate) row: u64,
    /// Stable kebab-case code of what is wrong first.
    #[schema(value_type = String, example = "cell-empty")]
    pub(crate) code: &'static str,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

/// What became of a table.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = SettlementTableReport)]
pub(crate) struct TableReport {
    /// Nothing was done; the same without it does what is said here.
    pub(crate) dry_run: bool,
    pub(crate) rows: u64,
    /// Ids of what was made.
    pub(crate) created: Vec<String>,
    /// Ids of what was there already and stays as it is.
    pub(crate) known: Vec<String>,
    /// The first thousand.
    pub(crate) rejected: Vec<RejectOut>,
}

impl TableReport {
    pub(crate) fn reject(&mut self, row: u64, code: &'static str, message: impl Into<String>) {
        if self.rejected.len() < REJECTS_MAX {
            self.rejected.push(RejectOut { row, code, message: message.into() });
        }
    }
}

/// What was read of a table: things with the row in which each begins.
pub(crate) struct Table<T> {
    pub(crate) read: Vec<(u64, T)>,
    pub(crate) report: TableReport,
}

/// A table's columns by name.
struct Columns {
    by_name: BTreeMap<String, usize>,
}

impl Columns {
    fn text<'a>(&self, row: &'a StringRecord, name: &str) -> Option<&'a str> {
        let text = row.get(*self.by_name.get(name)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn owned(&self, row: &StringRecord, name: &str) -> Option<String> {
        self.text(row, name).map(str::to_owned)
    }

    fn need(&self, row: &StringRecord, name: &str) -> Result<String, Wrong> {
        let empty = || ("cell-empty", format!("{name} is empty; fill it in."));
        self.owned(row, name).ok_or_else(empty)
    }
}

/// Why a row is not taken: a code and a sentence.
type Wrong = (&'static str, String);

/// Reads the rows of a workbook's first visible sheet, or of a CSV file, each handed to `take` with its number; what it refuses is
/// rejected.
fn rows(
    bytes: &[u8],
    needed: &[&str],
    mut take: impl FnMut(&Columns, &StringRecord, u64) -> Result<(), Wrong>,
) -> Result<TableReport, Problem> {
    let refused = |refused: Refused| {
        Problem::unprocessable(refused.code(), format!("{refused}; {}.", refused.hint()))
    };
    let limits = Limits { rows_max: ROWS_MAX.saturating_add(1), ..Limits::default() };
    let table = caravan_mappings_table::read(bytes, &limits).map_err(refused)?;
    let sheet = table.sheets.into_iter().find(|sheet| !sheet.hidden);
    let Sheet { rows, .. } = sheet.ok_or(Refused::Empty).map_err(refused)?;
    let Some((header, rows)) = rows.split_first() else { return Err(refused(Refused::Empty)) };
    let name = |text: &str| text.trim().to_lowercase().replace([' ', '-'], "_");
    let columns = Columns {
        by_name: header.cells().map(|cell| (name(cell.text), cell.column.into())).collect(),
    };
    let missing: Vec<&str> =
        needed.iter().copied().filter(|name| !columns.by_name.contains_key(*name)).collect();
    if !missing.is_empty() {
        let detail = format!("The header lacks the columns {}.", missing.join(", "));
        return Err(Problem::unprocessable("table-invalid", detail));
    }
    let width = columns.by_name.values().max().map_or(0, |last| last.saturating_add(1));
    let mut report = TableReport::default();
    for row in rows {
        report.rows = report.rows.saturating_add(1);
        let text = |column| {
            let cell = u16::try_from(column).ok().and_then(|column| row.cell(column));
            cell.map_or("", |cell| cell.text)
        };
        let record: StringRecord = (0..width).map(text).collect();
        let number = row.number().into();
        if let Err((code, message)) = take(&columns, &record, number) {
            report.reject(number, code, message);
        }
    }
    Ok(report)
}

/// Contracts: a row is a slab; rows of one carrier and name belong together, rows of one lane in a row make its slabs.
pub(super) fn contracts(bytes: &[u8]) -> Result<Table<Terms>, Problem> {
    let needed = ["carrier", "name", "currency", "valid_from", "per", "amount"];
    let mut read: BTreeMap<(String, String), (u64, Terms)> = BTreeMap::new();
    let report = rows(bytes, &needed, |columns, row, line| {
        let need = |name| columns.need(row, name);
        let key = (need("carrier")?.to_uppercase(), need("name")?);
        let slab =
            Slab { up_to: columns.owned(row, "up_to"), per: need("per")?, amount: need("amount")? };
        let (currency, valid_from) = (need("currency")?, need("valid_from")?);
        let valid_to = columns.owned(row, "valid_to");
        let (_, terms) = read.entry(key.clone()).or_insert_with(|| {
            let (carrier, name) = key;
            let (lanes, accessorials) = (Vec::new(), Vec::new());
            let (currency, valid_from) = (currency.clone(), valid_from.clone());
            (
                line,
                Terms {
                    carrier,
                    name,
                    currency,
                    valid_from,
                    valid_to: valid_to.clone(),
                    lanes,
                    fuel: None,
                    accessorials,
                    tolerance: None,
                    tax: None,
                },
            )
        });
        if (&terms.currency, &terms.valid_from, &terms.valid_to)
            != (&currency, &valid_from, &valid_to)
        {
            let message =
                "Currency and dates differ from this contract's first row; make them the same.";
            return Err(("first-row-differs", message.to_owned()));
        }
        lane(&mut terms.lanes, columns, row, slab);
        Ok(())
    })?;
    Ok(Table { read: read.into_values().collect(), report })
}

/// Adds a slab to the last lane if it is the same one, else begins another.
fn lane(lanes: &mut Vec<Lane>, columns: &Columns, row: &StringRecord, slab: Slab) {
    let area = |end: &str| Area {
        country: columns.owned(row, &format!("{end}_country")),
        region: columns.owned(row, &format!("{end}_region")),
        postal_code: columns.owned(row, &format!("{end}_postal_code")),
        city: columns.owned(row, &format!("{end}_city")),
    };
    let (origin, destination) = (area("origin"), area("destination"));
    let (service, minimum) = (columns.owned(row, "service"), columns.owned(row, "minimum"));
    if let Some(last) = lanes.last_mut()
        && (&last.origin, &last.destination, &last.service) == (&origin, &destination, &service)
    {
        last.minimum = last.minimum.take().or(minimum);
        last.slabs.push(slab);
        return;
    }
    let line = u32::try_from(lanes.len()).unwrap_or(u32::MAX).saturating_add(1);
    lanes.push(Lane { line, origin, destination, service, slabs: vec![slab], minimum });
}

/// Bills: a row is a charge; rows of one carrier and number belong together.
pub(super) fn invoices(bytes: &[u8]) -> Result<Table<InvoiceIn>, Problem> {
    let needed = ["carrier", "number", "currency", "total"];
    let kinds = ["shipment", "order", "lr", "bol", "pro", "awb"];
    let mut read: BTreeMap<(String, String), (u64, InvoiceIn)> = BTreeMap::new();
    let report = rows(bytes, &needed, |columns, row, line| {
        let need = |name| columns.need(row, name);
        let key = (need("carrier")?.to_uppercase(), need("number")?);
        let (currency, total) = (need("currency")?, need("total")?);
        let (_, bill) = read.entry(key.clone()).or_insert_with(|| {
            let (carrier, number) = key;
            let (currency, total) = (currency.clone(), total.clone());
            let (references, lines) = (Vec::new(), Vec::new());
            let billed_date = columns.owned(row, "billed_date");
            let correction = columns.owned(row, "correction");
            (
                line,
                InvoiceIn {
                    carrier,
                    number,
                    currency,
                    total,
                    billed_date,
                    references,
                    lines,
                    correction,
                },
            )
        });
        if (&bill.currency, &bill.total) != (&currency, &total) {
            let message =
                "Currency and total differ from this bill's first row; make them the same.";
            return Err(("first-row-differs", message.to_owned()));
        }
        for kind in kinds {
            if let Some(value) = columns.owned(row, kind) {
                let reference = ReferenceIn { kind: kind.to_owned(), value };
                if !bill.references.contains(&reference) {
                    bill.references.push(reference);
                }
            }
        }
        if let Some(amount) = columns.owned(row, "line_amount") {
            bill.lines.push(LineIn {
                code: columns.owned(row, "line_code"),
                description: columns.owned(row, "line_description"),
                amount,
                weight_kg: columns.owned(row, "weight_kg"),
            });
        }
        Ok(())
    })?;
    Ok(Table { read: read.into_values().collect(), report })
}

/// A text cell that no spreadsheet takes for a formula: one that begins with `=`, `+`, `-`, `@`, a tab or a return gets an
/// apostrophe before it. Amounts are written by us and go as they are.
pub(super) fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_contracts_with_lanes_and_slabs() {
        let csv = "\u{feff}Carrier;Name;Currency;Valid from;Origin region;Destination region;up_to;per;amount;minimum\n\
                   demo;Road;INR;2026-04-01;MH;KA;100;shipment;500;\n\
                   demo;Road;INR;2026-04-01;MH;KA;;kg;4.75;450\n\
                   DEMO;Road;INR;2026-04-01;MH;TN;;kg;6;\n\
                   demo;Road;INR;2026-05-01;MH;GJ;;kg;6;\n\
                   ;Road;INR;2026-04-01;MH;GJ;;kg;6;\n";
        let table = contracts(csv.as_bytes()).unwrap();
        let (row, terms) = &table.read[0];
        assert_eq!((table.read.len(), *row, terms.lanes.len()), (1, 2, 2));
        assert_eq!(
            (terms.lanes[0].slabs.len(), terms.lanes[0].minimum.as_deref()),
            (2, Some("450"))
        );
        let rejected = table.report.rejected.iter().map(|reject| (reject.row, reject.code));
        let rejected: Vec<_> = rejected.collect();
        let told = vec![(5, "first-row-differs"), (6, "cell-empty")];
        assert_eq!((table.report.rows, rejected), (5, told));
    }

    #[test]
    fn a_table_that_is_none_says_what_to_do() {
        let code = |bytes: &[u8]| contracts(bytes).err().unwrap();
        assert!(code(b"a,b\n1,2\n").detail().contains("carrier, name"));
        assert!(code(b"carrier\xff\n").detail().contains("name"), "another encoding is read");
        assert_eq!(code(b"%PDF-1.7").code(), "table-not-a-table");
    }

    #[test]
    fn rows_become_bills() {
        let csv = "carrier,number,currency,total,billed_date,shipment,lr,line_code,line_amount\n\
                   demo,INV1,INR,150.00,2026-11-20,S1,LR1,,100.00\n\
                   demo,INV1,INR,150.00,,S1,,FUE,50.00\n";
        let table = invoices(csv.as_bytes()).unwrap();
        let bill = &table.read[0].1;
        assert_eq!((table.read.len(), bill.references.len(), bill.lines.len()), (1, 2, 2));
    }

    #[test]
    fn formulas_are_written_as_texts() {
        for bad in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"] {
            assert!(harmless(bad).starts_with('\''), "{bad:?}");
        }
        assert_eq!(harmless("INV-1=2"), "INV-1=2");
    }
}
