//! A settled bill, into a guest.

use caravan_model::{SettledBill, SettledLine, SettledTax};

use super::tender::{money, references};
use crate::bindings::caravan::connector::types;

pub(crate) fn settled_bill(bill: SettledBill) -> types::SettledBill {
    types::SettledBill {
        id: bill.id,
        control_number: bill.control_number,
        hand_over: bill.hand_over,
        carrier: bill.carrier,
        number: bill.number,
        billed_on: bill.billed_on,
        settled_on: bill.settled_on,
        references: references(bill.references),
        lines: bill.lines.into_iter().map(line).collect(),
        taxes: taxes(bill.taxes),
        reverse_charge: taxes(bill.reverse_charge),
        withheld: taxes(bill.withheld),
        total: money(bill.total),
        payable: money(bill.payable),
        attributes: bill.attributes,
    }
}

fn line(line: SettledLine) -> types::SettledLine {
    let SettledLine { line, code, description, amount } = line;
    types::SettledLine { line, code, description, amount: money(amount) }
}

fn taxes(taxes: Vec<SettledTax>) -> Vec<types::SettledTax> {
    let tax = |tax: SettledTax| {
        let SettledTax { kind, rate, amount } = tax;
        types::SettledTax { kind, rate, amount: money(amount) }
    };
    taxes.into_iter().map(tax).collect()
}
