//! ORDERS05 (ORDERS, ORDCHG, ORDRSP) to an order. Segments and fields: research/formats.md §6.3.

use caravan_mappings_idoc::{Problem, Segment};
use caravan_model::{DocumentKind, Moment, Order, OrderLine, PartyRole, Purpose};

use crate::mapper::{Mapper, PartyFields, add_once, party, problem};

const PARTY: PartyFields = PartyFields {
    role: "PARVW",
    ids: &["PARTN", "LIFNR"],
    names: &["NAME1", "NAME2", "NAME3", "NAME4"],
    streets: &["STRAS", "STRS2"],
    city: "ORT01",
    region: "REGIO",
    postal_code: "PSTLZ",
    country: "LAND1",
};

/// Which of E1EDP19's numbers is the line's material: the buyer's, else the vendor's, else the GTIN.
const MATERIALS: [&str; 3] = ["001", "002", "003"];

/// The order that an ORDERS05 carries.
///
/// # Errors
/// The missing mandatory field: E1EDK01 or its BELNR.
pub(crate) fn map(mapper: &mut Mapper<'_>) -> Result<Order, Box<Problem>> {
    let idoc = mapper.idoc;
    let header = idoc.named("E1EDK01").next().ok_or_else(|| {
        Box::new(Problem {
            code: "idoc-missing",
            path: "E1EDK01".to_owned(),
            message: "The order has no header segment E1EDK01.".to_owned(),
            hint: "Send E1EDK01 with the order's number in BELNR.",
            span: idoc.span,
            ..Problem::default()
        })
    })?;
    let missing = || {
        let message = "The order has no number (E1EDK01 / BELNR).".to_owned();
        Box::new(problem(
            "idoc-missing",
            header,
            "BELNR",
            message,
            "Send the order's number in BELNR.",
        ))
    };
    let mut order = mapper.order(DocumentKind::Order, header.get("BELNR").ok_or_else(missing)?);
    order.purpose = purpose(mapper, header);
    order.gross_weight = mapper.measure(header, "BRGEW", "GEWEI");
    order.incoterms = incoterms(idoc.named("E1EDK17"));
    for segment in idoc.named("E1EDK03") {
        let Some(code) = segment.get("IDDAT") else { continue };
        let name = mapper
            .profile
            .lookup("order-dates", code)
            .map_or_else(|| format!("iddat-{code}"), str::to_owned);
        let moment = mapper.moment(segment, "DATUM", "UZEIT", "");
        order.dates.extend(moment.map(|moment| (name, moment)));
    }
    for segment in idoc.named("E1EDK02") {
        if let (Some(qualifier), Some(number)) = (segment.get("QUALF"), segment.get("BELNR")) {
            add_once(
                &mut order.references,
                [mapper.reference("order-references", qualifier, number)],
            );
        }
    }
    for segment in idoc.named("E1EDKA1") {
        order.parties.extend(party(mapper, segment, &PARTY));
        let gln = segment.get("PARVW").zip(segment.get("ILNNR"));
        add_once(
            &mut order.attributes,
            gln.map(|(role, gln)| (format!("gln-{}", role.to_lowercase()), gln.to_owned())),
        );
    }
    attributes(&mut order, idoc, header);
    let mut schedule = Vec::new();
    for segment in idoc.named("E1EDP01") {
        line(mapper, &mut order, segment, header.get("CURCY"), &mut schedule);
    }
    for (name, moment) in
        [("schedule-earliest", schedule.iter().min()), ("schedule-latest", schedule.iter().max())]
    {
        order.dates.extend(moment.map(|moment| (name.to_owned(), *moment)));
    }
    Ok(order)
}

fn purpose(mapper: &mut Mapper<'_>, header: &Segment) -> Purpose {
    let message = mapper.idoc.control.get("MESTYP").unwrap_or_default();
    let by_message =
        mapper.profile.lookup("message-purposes", message).and_then(|purpose| purpose.parse().ok());
    let by_action = mapper.purpose("order-purposes", header, "ACTION");
    match (by_action, by_message) {
        (Some(Purpose::Original) | None, Some(purpose)) => purpose,
        (purpose, _) => purpose.unwrap_or(Purpose::Original),
    }
}

/// E1EDK17: 001 is the code, 002 the place.
fn incoterms<'a>(segments: impl Iterator<Item = &'a Segment>) -> Option<String> {
    let (mut code, mut place) = (None, None);
    for segment in segments {
        match segment.get("QUALF") {
            Some("001") => code = segment.get("LKOND"),
            Some("002") => place = segment.get("LKTEXT"),
            _ => {}
        }
    }
    let words: Vec<&str> = [code, place].into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn attributes(order: &mut Order, idoc: &caravan_mappings_idoc::Idoc, header: &Segment) {
    let mut keep = |name: &str, value: Option<&str>| {
        order.attributes.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    };
    keep("order-type", header.get("BSART"));
    keep("currency", header.get("CURCY"));
    keep("shipping-type", header.get("VSART"));
    for (name, qualifier) in [("sales-organization", "008"), ("purchasing-organization", "014")] {
        let segment = idoc.named("E1EDK14").find(|segment| segment.get("QUALF") == Some(qualifier));
        keep(name, segment.and_then(|segment| segment.get("ORGID")));
    }
    let total = idoc.named("E1EDS01").find(|segment| segment.get("SUMID") == Some("002"));
    keep("total-value", total.and_then(|segment| segment.get("SUMME")));
}

fn line(
    mapper: &mut Mapper<'_>,
    order: &mut Order,
    segment: &Segment,
    currency: Option<&str>,
    schedule: &mut Vec<Moment>,
) {
    let number = segment.get("POSEX").unwrap_or_default().to_owned();
    let objects: Vec<&Segment> = segment.named("E1EDP19").collect();
    let chosen = MATERIALS
        .iter()
        .find_map(|wanted| objects.iter().find(|object| object.get("QUALF") == Some(*wanted)));
    let mut references = Vec::new();
    for reference in segment.named("E1EDP02") {
        if let (Some(qualifier), Some(number)) = (reference.get("QUALF"), reference.get("BELNR")) {
            add_once(&mut references, [mapper.reference("order-references", qualifier, number)]);
        }
    }
    add_once(&mut order.references, references.clone());
    for object in &objects {
        let other = chosen.is_none_or(|chosen| chosen.number != object.number);
        if let (true, Some(qualifier), Some(id)) = (other, object.get("QUALF"), identity(object)) {
            add_once(&mut references, [mapper.reference("materials", qualifier, id)]);
        }
    }
    for party_segment in segment.named("E1EDPA1") {
        let found = party(mapper, party_segment, &PARTY);
        if let Some(id) = found
            .as_ref()
            .filter(|party| party.role == PartyRole::ShipTo)
            .and_then(|party| party.id.clone())
        {
            order.attributes.push((format!("ship-to-of-line-{number}"), id));
        }
        add_once(&mut order.parties, found);
    }
    for item in segment.named("E1EDP20") {
        schedule.extend(mapper.moment(item, "EDATU", "EZEIT", ""));
    }
    order.attributes.extend(
        segment.get("ACTION").map(|action| (format!("action-of-line-{number}"), action.to_owned())),
    );
    order.lines.push(OrderLine {
        material: chosen.and_then(|object| identity(object)).map(str::to_owned),
        description: chosen.and_then(|object| object.get("KTEXT")).map(str::to_owned),
        quantity: mapper.measure(segment, "MENGE", "MENEE"),
        gross_weight: mapper.measure(segment, "BRGEW", "GEWEI"),
        volume: None,
        net_value: mapper.money(segment, "NETWR", segment.get("CURCY").or(currency)),
        references,
        number,
    });
}

fn identity<'a>(object: &&'a Segment) -> Option<&'a str> {
    object.get("IDTNR_LONG").or_else(|| object.get("IDTNR"))
}
