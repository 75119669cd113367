//! DELVRY07 (DESADV, SHPCON, WHSORD …) to a delivery that is to be moved. Segments and fields: research/formats.md §6.3.

use caravan_mappings_idoc::{Problem, Segment};
use caravan_model::{DocumentKind, Order, OrderLine, Purpose, Reference};

use crate::mapper::{Mapper, PartyFields, add_once, party, problem};

const PARTY: PartyFields = PartyFields {
    role: "PARTNER_Q",
    ids: &["PARTNER_ID"],
    names: &["NAME1", "NAME2", "NAME3", "NAME4"],
    streets: &["STREET1", "STREET2", "STREET3"],
    city: "CITY1",
    region: "REGION",
    postal_code: "POSTL_COD1",
    country: "COUNTRY1",
};

/// E1ADRE1's qualifier of a party's global location number, as the published samples use it.
const GLN: &str = "100";

/// The delivery that a DELVRY07 carries.
///
/// # Errors
/// The missing mandatory field: E1EDL20 or its VBELN.
pub(crate) fn map(mapper: &mut Mapper<'_>) -> Result<Order, Box<Problem>> {
    let idoc = mapper.idoc;
    let header = idoc.named("E1EDL20").next().ok_or_else(|| {
        Box::new(Problem {
            code: "idoc-missing",
            path: "E1EDL20".to_owned(),
            message: "The delivery has no header segment E1EDL20.".to_owned(),
            hint: "Send E1EDL20 with the delivery's number in VBELN.",
            span: idoc.span,
            ..Problem::default()
        })
    })?;
    let missing = || {
        let message = "The delivery has no number (E1EDL20 / VBELN).".to_owned();
        Box::new(problem(
            "idoc-missing",
            header,
            "VBELN",
            message,
            "Send the delivery's number in VBELN.",
        ))
    };
    let mut order = mapper.order(DocumentKind::Delivery, header.get("VBELN").ok_or_else(missing)?);
    order.purpose = purpose(mapper, header);
    order.gross_weight = mapper.measure(header, "BTGEW", "GEWEI");
    order.volume = mapper.measure(header, "VOLUM", "VOLEH");
    order.packages = mapper.count(header, "ANZPK");
    let place = header.get("INCO2_L").or_else(|| header.get("INCO2"));
    let words: Vec<&str> = [header.get("INCO1"), place].into_iter().flatten().collect();
    order.incoterms = (!words.is_empty()).then(|| words.join(" "));
    for (kind, field) in [("bol", "BOLNR"), ("equipment", "TRAID"), ("idoc/LIFEX", "LIFEX")] {
        order.references.extend(header.get(field).map(|value| Reference::new(kind, value)));
    }
    for (name, field) in
        [("shipping-point", "VSTEL"), ("sales-organization", "VKORG"), ("route", "ROUTE")]
    {
        order.attributes.extend(header.get(field).map(|value| (name.to_owned(), value.to_owned())));
    }
    for segment in header.named("E1ADRM1") {
        order.parties.extend(party(mapper, segment, &PARTY));
        let gln = segment.named("E1ADRE1").find(|extra| extra.get("EXTEND_Q") == Some(GLN));
        let gln = segment.get("PARTNER_Q").zip(gln.and_then(|extra| extra.get("EXTEND_D")));
        add_once(
            &mut order.attributes,
            gln.map(|(role, gln)| (format!("gln-{}", role.to_lowercase()), gln.to_owned())),
        );
    }
    for segment in header.named("E1EDT13") {
        deadline(mapper, &mut order, segment);
    }
    // Meant for the proof of delivery, but SAP fills it when the delivery is created: kept under its own name.
    let podat = mapper.moment(header, "PODAT", "POTIM", "");
    order.dates.extend(podat.map(|moment| ("podat".to_owned(), moment)));
    for segment in header.named("E1EDL37") {
        let unit = segment.get("EXIDV").map(|value| Reference::new("handling-unit", value));
        add_once(&mut order.references, unit);
    }
    for segment in header.named("E1EDL24") {
        line(mapper, &mut order, segment);
    }
    Ok(order)
}

/// The strongest of the actions: a delivery can be confirmed in parts, but cancelled only as a whole.
fn purpose(mapper: &mut Mapper<'_>, header: &Segment) -> Purpose {
    let mut strongest = Purpose::Original;
    for segment in header.named("E1EDL18") {
        let purpose =
            mapper.purpose("delivery-purposes", segment, "QUALF").unwrap_or(Purpose::Original);
        strongest = strongest.max(purpose);
    }
    strongest
}

/// E1EDT13: planned start and end (NT…), actual start and end (IS…, IE…); an end equal to its start is not repeated.
fn deadline(mapper: &mut Mapper<'_>, order: &mut Order, segment: &Segment) {
    let Some(code) = segment.get("QUALF") else { return };
    let name = mapper
        .profile
        .lookup("delivery-deadlines", code)
        .map_or_else(|| format!("deadline-{code}"), str::to_owned);
    let end_zone = if segment.get("TZONE_END").is_some() { "TZONE_END" } else { "TZONE_BEG" };
    for (prefix, from, to) in [
        ("planned", ("NTANF", "NTANZ"), ("NTEND", "NTENZ")),
        ("actual", ("ISDD", "ISDZ"), ("IEDD", "IEDZ")),
    ] {
        let start = mapper.moment(segment, from.0, from.1, "TZONE_BEG");
        let end = mapper.moment(segment, to.0, to.1, end_zone).filter(|end| start != Some(*end));
        order.dates.extend(start.map(|moment| (format!("{prefix}-{name}"), moment)));
        order.dates.extend(end.map(|moment| (format!("{prefix}-{name}-end"), moment)));
    }
}

fn line(mapper: &mut Mapper<'_>, order: &mut Order, segment: &Segment) {
    let mut references = Vec::new();
    for (child, qualifier, number, table) in [
        ("E1EDL43", "QUALF", "BELNR", "delivery-references"),
        ("E1EDL41", "QUALI", "BSTNR", "customer-references"),
    ] {
        for reference in segment.named(child) {
            if let (Some(qualifier), Some(number)) =
                (reference.get(qualifier), reference.get(number))
            {
                add_once(&mut references, [mapper.reference(table, qualifier, number)]);
            }
        }
    }
    add_once(&mut order.references, references.clone());
    let more = segment.named("E1EDL26").next();
    let material = more.and_then(|more| more.get("MATNR_LONG")).or_else(|| segment.get("MATNR"));
    let customers = segment.get("KDMAT35").or_else(|| segment.get("KDMAT"));
    for (kind, value) in [
        ("gtin", segment.get("EAN11")),
        ("buyer-material", customers),
        ("batch", segment.get("CHARG")),
    ] {
        add_once(&mut references, value.map(|value| Reference::new(kind, value)));
    }
    let sales_quantity = mapper.measure(segment, "LFIMG", "VRKME");
    let quantity = sales_quantity.or_else(|| mapper.measure(segment, "LGMNG", "MEINS"));
    order.lines.push(OrderLine {
        number: segment.get("POSNR").unwrap_or_default().to_owned(),
        material: material.map(str::to_owned),
        description: segment.get("ARKTX").map(str::to_owned),
        quantity,
        gross_weight: mapper.measure(segment, "BRGEW", "GEWEI"),
        volume: mapper.measure(segment, "VOLUM", "VOLEH"),
        net_value: None,
        references,
    });
}
