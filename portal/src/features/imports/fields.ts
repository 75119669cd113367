// The fields that a column may be, in the order of the dictionary that the importer reads by; a test holds the one against the other.
export const FIELDS = [
  "order_number", "reference", "invoice_number", "eway_bill", "order_date", "pickup_date", "delivery_date",
  "pickup_name", "pickup_address", "pickup_city", "pickup_state", "pickup_postal_code", "pickup_country", "pickup_phone",
  "delivery_name", "delivery_address", "delivery_city", "delivery_state", "delivery_postal_code", "delivery_country", "delivery_phone",
  "material_code", "material", "hsn_code", "quantity", "quantity_unit", "packages", "weight", "weight_unit", "volume", "volume_unit",
  "value", "currency", "vehicle_type", "carrier", "service", "payment", "distance", "remarks",
];
