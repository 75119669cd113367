// What the public page says, in the words of somebody who waits for goods. Each is an English text and a Hindi one; the page puts the moment where `{at}` stands.

export type Language = "en" | "hi";

/** Latin digits in Indian grouping for both. */
export const locale = (of: Language) => (of === "hi" ? "hi-IN-u-nu-latn" : "en-IN");

const TEXTS = {
  title: ["Your shipment", "आपका शिपमेंट"],
  carrier: ["Carrier", "वाहक"],
  number: ["Number", "नंबर"],
  since: ["Since {at}", "{at} से"],
  expected: ["Expected", "कब तक आने की उम्मीद"],
  promised: ["Promised by", "कब तक का वादा"],
  delivered: ["Delivered on", "कब पहुँचा"],
  history: ["What happened", "अब तक क्या हुआ"],
  nothing: ["Nothing has been reported yet.", "अभी कोई ख़बर नहीं है।"],
  heard: ["Last news: {at}. Times are those of your own time zone.", "आख़िरी ख़बर: {at}। समय आपके अपने समय-क्षेत्र के हैं।"],
  loading: ["Loading…", "लोड हो रहा है…"],
  unknown: ["This link does not work", "यह लिंक काम नहीं करता"],
  unknownHow: ["It may have expired or been withdrawn. Ask whoever sent it for another.", "शायद इसका समय बीत गया या इसे वापस ले लिया गया। जिसने भेजा था, उससे नया लिंक माँगें।"],
  failed: ["The page cannot be loaded right now", "पेज अभी लोड नहीं हो सकता"],
  failedHow: ["Check your connection and try again.", "अपना कनेक्शन देखें और फिर कोशिश करें।"],
  old: ["No connection: this is what was known at {at}.", "कनेक्शन नहीं है: यह {at} की जानकारी है।"],
  retry: ["Try again", "फिर कोशिश करें"],
  stages: ["Progress", "प्रगति"],
  stage0: ["Booked", "बुक हुआ"],
  stage1: ["On the way", "रास्ते में"],
  stage2: ["Near you", "आपके पास"],
  stage3: ["Delivered", "पहुँच गया"],
  returning: ["On its way back to the sender", "भेजने वाले के पास लौट रहा है"],
} satisfies Record<string, [string, string]>;

/** Words for every status of the API (`foundation/model`). What is between shipper and carrier is "being arranged" to who waits. */
export const STATUSES: Record<string, [string, string]> = {
  tendered: ["Being arranged", "व्यवस्था हो रही है"],
  booked: ["Booked", "बुक हुआ"],
  "booking-rejected": ["Being arranged", "व्यवस्था हो रही है"],
  "label-created": ["Ready to be picked up", "उठाए जाने को तैयार"],
  "pickup-scheduled": ["Pickup is planned", "उठाना तय है"],
  "arrived-pickup": ["The vehicle is at the sender", "गाड़ी भेजने वाले के यहाँ है"],
  "pickup-failed": ["Could not be picked up", "उठाया नहीं जा सका"],
  "picked-up": ["Picked up", "उठा लिया गया"],
  departed: ["Departed", "रवाना हुआ"],
  "in-transit": ["On the way", "रास्ते में"],
  arrived: ["Arrived at a stop", "एक पड़ाव पर पहुँचा"],
  transferred: ["Handed on to the next carrier", "अगले वाहक को सौंपा गया"],
  "customs-in-progress": ["In customs", "सीमा शुल्क में"],
  "customs-held": ["Held by customs", "सीमा शुल्क में रुका"],
  "customs-cleared": ["Cleared by customs", "सीमा शुल्क से निकला"],
  "at-delivery-facility": ["At the delivery centre", "डिलीवरी केंद्र पर"],
  "delivery-scheduled": ["Delivery is planned", "डिलीवरी तय है"],
  "out-for-delivery": ["Out for delivery", "डिलीवरी के लिए निकला"],
  "arrived-delivery": ["The vehicle is at your place", "गाड़ी आपके यहाँ पहुँची"],
  "delivery-attempted": ["Delivery was tried", "डिलीवरी की कोशिश हुई"],
  "available-for-pickup": ["Ready for you to collect", "ले जाने को तैयार"],
  "partially-delivered": ["Delivered in part", "कुछ हिस्सा पहुँचा"],
  delivered: ["Delivered", "पहुँच गया"],
  delayed: ["Delayed", "देर हो रही है"],
  exception: ["There is a problem", "कोई दिक़्क़त है"],
  returned: ["Returned to the sender", "भेजने वाले को लौटा"],
  cancelled: ["Cancelled", "रद्द"],
  unmapped: ["No news yet", "अभी कोई ख़बर नहीं"],
};

export type Word = keyof typeof TEXTS;

const chosen = (texts: readonly [string, string], of: Language) => texts[of === "hi" ? 1 : 0];

export const say = (of: Language, word: Word) => chosen(TEXTS[word], of);

/** A status in words; one that a newer server knows and we do not, as it came. */
export function status(of: Language, value: string): string {
  const texts = STATUSES[value];
  return texts ? chosen(texts, of) : value.replaceAll("-", " ");
}

/** With the weekday: that is what somebody plans by. */
const format = (of: Language) => new Intl.DateTimeFormat(locale(of), { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

/** A moment in the reader's own zone. */
export function moment(of: Language, at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : format(of).format(date);
}

/** From one moment to another; what is the same of both is said once. */
export const span = (of: Language, from: string, to: string) => format(of).formatRange(new Date(from), new Date(to));
