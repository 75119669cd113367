// The texts of links to shipments, in Hindi.
import type { share as english } from "../en/share";

export const share: Record<keyof typeof english, string> = {
  "share.open": "साझा करें…",
  "share.title": "यह शिपमेंट साझा करें",
  "share.how": "जिसके पास लिंक है, वह बिना साइन इन किए देखता है कि शिपमेंट कहाँ है, अब तक क्या हुआ और कब आने की उम्मीद है। दस्तावेज़, बिल, बाक़ी नंबर और टिप्पणियाँ आपके पास रहती हैं।",
  "share.note": "किसके लिए (केवल आप देखते हैं)",
  "share.until": "कब तक खुले",
  "share.untilHow": "दिन न चुनें तो 30 दिन, ज़्यादा से ज़्यादा 180।",
  "share.make": "लिंक बनाएँ",
  "share.made": "लिंक",
  "share.once": "अभी कॉपी करें: यह एक ही बार दिखता है। जिसके पास यह है, वह शिपमेंट देखता है।",
  "share.links": "{n} लिंक से यह शिपमेंट खुलता है | {n} लिंक से यह शिपमेंट खुलता है",
  "share.none": "किसी लिंक से यह शिपमेंट नहीं खुलता।",
  "share.unnamed": "एक लिंक",
  "share.ends": "कब तक",
  "share.revoke": "वापस लें",
  "share.done": "बंद करें",
  "share.sure": "सदा के लिए वापस लें",
};
