//! Rows that were read become one order: its first row gives the journey, and every row a line.

use std::collections::BTreeMap;

use caravan_mappings_table::Record;
use caravan_mappings_table::dictionary::{Dictionary, FieldId};

use super::Choices;
use crate::domain::measure;
use crate::wire::{
    OrderIn, OrderLine, OrderMeasure, OrderMoney, OrderParty, OrderPlace, OrderReference, OrderStop,
};

/// Makes orders of rows, as one file is chosen to be read.
pub(super) struct Reading<'a> {
    ids: BTreeMap<&'a str, FieldId>,
    choices: &'a Choices,
}

/// One row's values by name.
struct Row<'a> {
    reading: &'a Reading<'a>,
    record: &'a Record,
}

impl Row<'_> {
    /// The row's value, or the one chosen for all rows.
    fn get(&self, name: &str) -> Option<String> {
        let id = self.reading.ids.get(name)?;
        let own = self.record.values.get(id).or_else(|| self.reading.choices.values.get(name));
        own.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn measure(&self, name: &str, unit: &str) -> Option<OrderMeasure> {
        self.get(name).map(|value| OrderMeasure { value, unit: unit.to_owned() })
    }
}

impl<'a> Reading<'a> {
    pub(super) fn new(dictionary: &'a Dictionary, choices: &'a Choices) -> Self {
        let ids = dictionary.fields().map(|(id, field)| (field.name.as_str(), id)).collect();
        Self { ids, choices }
    }

    /// The number of the order that a row belongs to.
    pub(super) fn number(&self, record: &Record) -> Option<String> {
        Row { reading: self, record }.get("order_number")
    }

    /// The order of rows with one number, in their order.
    pub(super) fn order(&self, records: &[Record]) -> OrderIn {
        let Some(first) = records.first() else { return OrderIn::default() };
        let row = Row { reading: self, record: first };
        let lines: Vec<OrderLine> = records
            .iter()
            .enumerate()
            .filter_map(|(index, record)| self.line(index, record))
            .collect();
        OrderIn {
            number: row.get("order_number"),
            kind: Some("order".to_owned()),
            service: row.get("service"),
            equipment: row.get("vehicle_type"),
            payment: row.get("payment").map(|text| payment(&text)),
            references: references(&row),
            parties: row.get("carrier").map(carrier).into_iter().collect(),
            stops: vec![self.stop(&row, "pickup"), self.stop(&row, "delivery")],
            lines,
            gross_weight: self.sum(records, "weight", "KGM"),
            volume: self.sum(records, "volume", "MTQ"),
            packages: packages(self, records),
            distance_km: row.get("distance"),
            notes: notes(&row),
            ..OrderIn::default()
        }
    }

    fn stop(&self, row: &Row<'_>, side: &str) -> OrderStop {
        let get = |name: &str| row.get(&format!("{side}_{name}"));
        let (earliest, latest) = match get("date") {
            Some(date) => self.window(&date),
            None => (None, None),
        };
        OrderStop {
            kind: side.to_owned(),
            name: get("name"),
            phone: get("phone"),
            street: get("address").into_iter().collect(),
            place: OrderPlace {
                city: get("city"),
                region: get("state"),
                postal_code: get("postal_code"),
                country: get("country").or_else(|| Some(self.choices.country.clone())),
                ..OrderPlace::default()
            },
            earliest,
            latest,
            ..OrderStop::default()
        }
    }

    /// A day is a window of a whole day; a time is when the window begins.
    fn window(&self, date: &str) -> (Option<String>, Option<String>) {
        let offset = &self.choices.utc_offset;
        if date.contains('T') {
            return (Some(format!("{date}{offset}")), None);
        }
        (Some(format!("{date}T00:00:00{offset}")), Some(format!("{date}T23:59:59{offset}")))
    }

    fn line(&self, index: usize, record: &Record) -> Option<OrderLine> {
        let row = Row { reading: self, record };
        let unit = row.get("quantity_unit").unwrap_or_else(|| "PCE".to_owned());
        let currency = || row.get("currency").unwrap_or_else(|| self.choices.currency.clone());
        let line = OrderLine {
            number: index.saturating_add(1).saturating_mul(10).to_string(),
            material: row.get("material_code"),
            description: row.get("material"),
            quantity: row.measure("quantity", &unit),
            gross_weight: row.measure("weight", "KGM"),
            volume: row.measure("volume", "MTQ"),
            net_value: row
                .get("value")
                .map(|amount| OrderMoney { amount, currency: currency().to_uppercase() }),
            references: reference("hsn", row.get("hsn_code")).into_iter().collect(),
        };
        let says = line.material.is_some()
            || line.description.is_some()
            || line.quantity.is_some()
            || line.net_value.is_some()
            || !line.references.is_empty();
        says.then_some(line)
    }

    /// The rows' values added up. What is no number stays as it is in a sum of one, so that the check names it.
    fn sum(&self, records: &[Record], name: &str, unit: &str) -> Option<OrderMeasure> {
        let values: Vec<String> =
            records.iter().filter_map(|record| Row { reading: self, record }.get(name)).collect();
        if let [one] = values.as_slice() {
            return Some(OrderMeasure { value: one.clone(), unit: unit.to_owned() });
        }
        let parts: Option<Vec<i128>> = values.iter().map(|value| measure::micro(value)).collect();
        let total = parts?.into_iter().try_fold(0_i128, i128::checked_add)?;
        (!values.is_empty())
            .then(|| OrderMeasure { value: measure::decimal(total), unit: unit.to_owned() })
    }
}

fn packages(reading: &Reading<'_>, records: &[Record]) -> Option<u32> {
    let count = |record| Row { reading, record }.get("packages")?.parse::<u32>().ok();
    records.iter().filter_map(count).reduce(u32::saturating_add)
}

fn reference(kind: &str, value: Option<String>) -> Option<OrderReference> {
    value.map(|value| OrderReference { kind: kind.to_owned(), value })
}

fn references(row: &Row<'_>) -> Vec<OrderReference> {
    [
        reference("customer-reference", row.get("reference")),
        reference("invoice", row.get("invoice_number")),
        reference("eway-bill", row.get("eway_bill")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The carrier that somebody would like; who carries it is decided when it is assigned.
fn carrier(name: String) -> OrderParty {
    OrderParty {
        role: "carrier".to_owned(),
        id: None,
        name: Some(name),
        street: Vec::new(),
        place: OrderPlace::default(),
    }
}

/// Freight terms as Indian transporters write them; any other word is left for the check to name.
fn payment(text: &str) -> String {
    let plain: String =
        text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    match plain.as_str() {
        "paid" | "prepaid" | "tbb" | "tobebilled" => "prepaid".to_owned(),
        "topay" | "collect" | "freighttopay" => "collect".to_owned(),
        "thirdparty" => "third-party".to_owned(),
        _ => text.to_owned(),
    }
}

fn notes(row: &Row<'_>) -> Option<String> {
    let ordered = row.get("order_date").map(|date| format!("Ordered on {date}."));
    let parts: Vec<String> = row.get("remarks").into_iter().chain(ordered).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}
