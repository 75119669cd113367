//! A settled freight bill as INVOIC02: what is refused rather than bent, what the party's tables name, what is told to people.
//!
//! Tax that is withheld, and tax that the payer owes itself, are no part of what the bill comes to: the books reckon them from the
//! vendor's master data and the tax code. Reverse charge goes as a tax code without an amount, both go as texts.

use caravan_connector_sdk::{Failure, Host, Violation};
use caravan_mappings_idoc::invoice::{Header, Invoice, Line, Partner, Tax, invoic02};
use caravan_mappings_idoc::print::{self, PrintError};
use caravan_model::{Money, Outgoing, SettledBill, SettledTax};

use crate::profile::{Form, Profile};

/// Whose books they are, and who we are to them.
#[derive(Debug)]
pub struct Books {
    profile: Profile,
    form: Form,
    client: String,
    sender: Partner,
    receiver: Partner,
    payer: String,
    /// Carrier, vendor number.
    vendors: Vec<(String, String)>,
}

impl Books {
    /// The connection's settings over the party's profile.
    ///
    /// # Errors
    /// A setting that is not of its kind: the manifest's schema refuses it where connections are made.
    pub fn of(host: &dyn Host, profile: Profile) -> Result<Self, Failure> {
        let setting = |name: &str| host.setting(name).unwrap_or_default();
        let or = |name: &str, unless_said: &str| {
            host.setting(name).unwrap_or_else(|| unless_said.to_owned())
        };
        let form = match setting("form").as_str() {
            "" => profile.form,
            "xml" => Form::Xml,
            "flat" => Form::Flat,
            other => {
                return Err(Failure::Denied(format!(
                    "the setting form is {other:?}, not xml or flat"
                )));
            }
        };
        let kind = or("sender_kind", "LS");
        // A vendor is a partner of its own; its number is put in with the bill.
        let number = if kind == "LI" { setting("sender_id") } else { or("sender_id", "CARAVAN") };
        let vendors = setting("vendors");
        let pairs = vendors.split(',').filter_map(|pair| pair.split_once('='));
        Ok(Self {
            form,
            client: setting("client"),
            sender: Partner {
                port: or("sender_port", "CARAVAN"),
                kind,
                number,
                ..Partner::default()
            },
            receiver: Partner {
                port: setting("receiver_port"),
                kind: "LS".to_owned(),
                number: setting("receiver_id"),
                ..Partner::default()
            },
            payer: setting("payer"),
            vendors: pairs
                .map(|(carrier, vendor)| (carrier.trim().to_owned(), vendor.trim().to_owned()))
                .collect(),
            profile,
        })
    }

    fn vendor(&self, carrier: &str) -> Option<&str> {
        let of_setting = self.vendors.iter().find(|(known, _)| known.eq_ignore_ascii_case(carrier));
        let table = || self.profile.lookup("vendors", &carrier.to_uppercase());
        of_setting.map(|(_, vendor)| vendor.as_str()).or_else(table)
    }
}

/// The message; the same bill and clock make the same bytes.
///
/// # Errors
/// `InvalidRequest` names everything that the books could not take.
pub fn write(books: &Books, now_ms: i64, bill: &SettledBill) -> Result<Outgoing, Failure> {
    let mut violations = sums(bill);
    let vendor = books.vendor(&bill.carrier).unwrap_or_default();
    if vendor.is_empty() {
        violations.push(violation(
            "carrier",
            "idoc-vendor",
            format!("the books know no vendor for {0}: add {0}=number to the connection's setting vendors", bill.carrier),
        ));
    }
    let Ok(now) = jiff::Timestamp::from_millisecond(now_ms) else {
        return Err(Failure::Denied(format!("{now_ms} ms is no time")));
    };
    let now = now.to_zoned(jiff::tz::TimeZone::UTC);
    let mut sender = books.sender.clone();
    if sender.kind == "LI" && sender.number.is_empty() {
        vendor.clone_into(&mut sender.number);
    }
    let header = Header {
        client: books.client.clone(),
        number: bill.control_number,
        sender,
        receiver: books.receiver.clone(),
        date: now.strftime("%Y%m%d").to_string(),
        time: now.strftime("%H%M%S").to_string(),
    };
    let idoc = invoic02(&header, &invoice(books, bill, vendor));
    let layouts = books.profile.layouts();
    violations.extend(print::misfits(&idoc, &layouts).iter().map(misfit));
    if !violations.is_empty() {
        return Err(Failure::InvalidRequest(violations));
    }
    let (body, extension, media_type) = match books.form {
        Form::Xml => {
            (print::xml("INVOIC02", core::slice::from_ref(&idoc)), "xml", "application/xml")
        }
        Form::Flat => {
            let flat = print::flat(&idoc, &layouts);
            let flat = flat.map_err(|error| Failure::InvalidRequest(vec![misfit(&error)]))?;
            (flat, "txt", "text/plain; charset=utf-8")
        }
    };
    Ok(Outgoing {
        kind: "idoc/INVOIC02".to_owned(),
        file_name: format!("INVOIC02_{:016}.{extension}", bill.control_number),
        media_type: media_type.to_owned(),
        body: body.into_bytes(),
    })
}

/// What does not add up, or is not in the bill's currency.
fn sums(bill: &SettledBill) -> Vec<Violation> {
    let mut found = Vec::new();
    let lines = bill.lines.iter().map(|line| &line.amount);
    let parts: Vec<&Money> = lines.chain(bill.taxes.iter().map(|tax| &tax.amount)).collect();
    let others = bill.reverse_charge.iter().chain(&bill.withheld).map(|tax| &tax.amount);
    let total = &bill.total;
    let same =
        |money: &Money| (&money.currency, money.exponent) == (&total.currency, total.exponent);
    if !parts.iter().copied().chain(others).chain([&bill.payable]).all(same) {
        let text = format!("an amount is not in {}, as the total is", total.currency);
        found.push(violation("total", "idoc-currency", text));
    } else if sum(parts.iter().copied()) != Some(total.minor) {
        let text = format!("lines and taxes do not make the total, {}", total.to_decimal());
        found.push(violation("total", "idoc-sum", text));
    }
    if bill.lines.is_empty() {
        found.push(violation(
            "lines",
            "idoc-lines",
            "a bill without lines cannot be posted".to_owned(),
        ));
    }
    found
}

fn sum<'a>(amounts: impl Iterator<Item = &'a Money>) -> Option<i64> {
    amounts.map(|money| money.minor).try_fold(0_i64, i64::checked_add)
}

fn invoice(books: &Books, bill: &SettledBill, vendor: &str) -> Invoice {
    let profile = &books.profile;
    let credit = bill.total.minor < 0;
    // A credit memo says by its kind that the vendor owes: its amounts are positive.
    let amount = |money: &Money| sap(money, credit);
    let known = |kind: &str| profile.lookup("invoice-references", kind).map(str::to_owned);
    let with_minor = |amounts: Option<i64>| {
        amount(&Money { minor: amounts.unwrap_or_default(), ..bill.total.clone() })
    };
    let orders: Vec<&str> = bill
        .references
        .iter()
        .filter(|reference| reference.kind == "purchase-order")
        .map(|reference| reference.value.as_str())
        .collect();
    let line = |line: &caravan_model::SettledLine| Line {
        material: profile.lookup("charges", &line.code).unwrap_or(&line.code).to_owned(),
        text: line.description.clone().unwrap_or_else(|| line.code.clone()),
        amount: amount(&line.amount),
    };
    let forward = bill
        .taxes
        .iter()
        .map(|tax| Tax { amount: amount(&tax.amount), ..tax_of(profile, tax, "") });
    let reverse = bill.reverse_charge.iter().map(|tax| Tax {
        amount: amount(&Money { minor: 0, ..tax.amount.clone() }),
        ..tax_of(profile, tax, "reverse ")
    });
    Invoice {
        credit,
        currency: bill.total.currency.clone(),
        // Without its hyphens a UUID fits the field.
        id: bill.id.replace('-', ""),
        number: bill.number.clone(),
        vendor: vendor.to_owned(),
        vendor_name: bill.carrier.clone(),
        payer: books.payer.clone(),
        date: bill.billed_on.as_deref().unwrap_or(&bill.settled_on).replace('-', ""),
        references: bill
            .references
            .iter()
            .filter_map(|reference| Some((known(&reference.kind)?, reference.value.clone())))
            .collect(),
        // Of several orders nobody knows which line is whose.
        purchase_order: if let [order] = orders.as_slice() {
            (*order).to_owned()
        } else {
            String::new()
        },
        taxes: forward.chain(reverse).collect(),
        texts: texts(bill),
        unit: profile.unit.clone(),
        lines: bill.lines.iter().map(line).collect(),
        net: with_minor(sum(bill.lines.iter().map(|line| &line.amount))),
        tax: with_minor(sum(bill.taxes.iter().map(|tax| &tax.amount))),
        total: amount(&bill.total),
    }
}

/// A tax without its amount: by the table's code for its kind and rate, for its kind, else by its name.
fn tax_of(profile: &Profile, tax: &SettledTax, charge: &str) -> Tax {
    let rate = tax.rate.clone().unwrap_or_default();
    let of_kind = format!("{charge}{}", tax.kind);
    let code = profile
        .lookup("tax-codes", &format!("{of_kind} {rate}"))
        .or_else(|| profile.lookup("tax-codes", &of_kind))
        .map_or_else(
            // Seven characters are there: R before the name keeps it apart from tax that is on the bill.
            || format!("{}{}", if charge.is_empty() { "" } else { "R" }, tax.kind),
            str::to_owned,
        );
    Tax { code, rate, amount: String::new(), text: of_kind }
}

/// What the books do not take as amounts, for whoever looks at the document.
fn texts(bill: &SettledBill) -> Vec<String> {
    let named = |what: &str, tax: &SettledTax| {
        let rate = tax.rate.as_deref().map(|rate| format!(" {rate} %")).unwrap_or_default();
        format!("{what} {}{rate}: {} {}", tax.kind, tax.amount.to_decimal(), tax.amount.currency)
    };
    let mut texts = vec![format!("Freight {} {}", bill.carrier, bill.number)];
    texts.extend(bill.reverse_charge.iter().map(|tax| named("reverse charge", tax)));
    texts.extend(bill.withheld.iter().map(|tax| named("to be withheld", tax)));
    if !bill.withheld.is_empty() {
        texts.push(format!("payable: {} {}", bill.payable.to_decimal(), bill.payable.currency));
    }
    texts
}

/// SAP's way: a minus stands behind.
fn sap(money: &Money, credit: bool) -> String {
    let minor = if credit { money.minor.saturating_neg() } else { money.minor };
    let text = Money { minor, ..money.clone() }.to_decimal();
    match text.strip_prefix('-') {
        Some(positive) => format!("{positive}-"),
        None => text,
    }
}

fn misfit(error: &PrintError) -> Violation {
    let path = match error {
        PrintError::NoLayout(segment) => segment.clone(),
        PrintError::NoField { segment, field } | PrintError::TooWide { segment, field, .. } => {
            format!("{segment} / {field}")
        }
    };
    violation(&path, "idoc-width", error.to_string())
}

fn violation(path: &str, code: &str, message: String) -> Violation {
    Violation { path: path.to_owned(), code: code.to_owned(), message }
}
