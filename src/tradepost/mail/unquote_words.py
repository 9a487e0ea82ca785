"""The words by which mail programs introduce what they quote, in some thirty languages.

Every pattern is anchored and bounded, so that it takes linear time on a line of bounded length.
"""

from __future__ import annotations

import re


def _any(words: str) -> str:
    """Alternatives separated by ``|`` over several lines, longest first, spaces flexible."""
    each = sorted({" ".join(w.split()) for w in words.split("|") if w.strip()}, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(w).replace(r"\ ", r"\s{1,3}") for w in each) + ")"


_WROTE = _any(
    """wrote|writes|said|sent|schrieb|schreibt|a écrit|écrit|a ecrit|schreef|geschreven|escribió
    |escribio|escreveu|ha scritto|scrisse|napisał|napisała|napisał(a)|napisa ł(a)|pisze|skrev|kirjoitti
    |написал|написала|написал(а)|пишет|написав|napsal|napsala|napsal(a)|napisal|napisal(a)|napísal|napísala|napísal(a)|írta
    |yazdı|şunu yazdı|geschrieben|пише|писал|писала|писали|のメール|napisao/la|napisal/a|เขียนว่า|έγραψε|đã viết|viết|写道|寫道|写了|作成|書きました|wrote 道|작성|님이 작성|쓴 글|提到|כתב
    |כתבה|كتب|a scris|написа|napisao|napisala|je napisal|rašė|parašė|rakstīja|kirjutas|va escriure
    |escrigué|escribiu|idatzi zuen|idatzi du|scríobh|menulis|เขียน|लिखा"""
)
_ON = _any(
    """On|In a message dated|Le|El|Il|Am|Em|Op|Den|På|Dnia|W dniu|Vào|Vào lúc|Dne|Dňa|Dana|Pe|La data|În data|Ma|Kuupäeval
    |Στις|Την|Pada|בתאריך|ב-|في|於|在|Il giorno|Al|Dia|Am um|Vom|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Lun|Mar|Mer
    |Jeu|Ven|Sam|Dim|Mo|Di|Mi|Do|Fr|Sa|So|man|tir|ons|tor|fre|lør|søn|mån|tis|tors|lör|ma|wo|vr|za|zo
    |pon|wt|śr|czw|pt|sob|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|пн|вт|ср|чт|пт|сб|вс"""
)
_WEEKDAY = r"(?:[^\W\d_]{2,12}[.,]{1,2}\s{0,2})?"

ATTRIBUTION = re.compile(
    rf"^[\s>*-]*{_ON}(?=[\s.,:\d]).{{4,330}}?{_WROTE}(?:\)?\s*[:：]?[\s*:-]*|\s[^:\n]{{2,160}}[:：][\s*]*)$",
    re.I | re.S,
)
"""``On Mon, 2 Apr 2012 at 18:26, Bob <b@x.example> wrote:``, ``Am 2.4.2012 schrieb Bob:``; the date
is asked for separately."""

BY = re.compile(r"[\s>*-]{0,20}(?:\d|.{0,200}[<(][^<>()@\s]{1,80}@[^<>()\s]{1,200}[>)])", re.S)
SAID_AT_END = re.compile(rf"{_WROTE}\s*[:：]?[\s*-]*$", re.I)
"""``02.04.2012 14:20 … "Bob" <b@x.example> написал:`` and ``Bob <b@x.example> wrote:``: a day or an address
first, the verb last. Two patterns, since one would try every address with every verb."""

DATED = re.compile(
    rf"^[\s>*]*{_WEEKDAY}(?:\d{{1,4}}|[^\W\d_]{{3,12}}\s\d{{1,2}}).{{4,200}}?"
    rf"[^<>@\s\"(]{{1,80}}@[^<>\s]{{1,200}}>?\)?\"?\s*[:：]?\s*$",
    re.S,
)
"""``2017-11-24 16:32 GMT+01:00 Bob <b@x.example>:``: a date, a person, no verb."""

_WORDS = r"[^\W\d_]{2}[^\d,:：]{0,80}"
WHO = re.compile(
    rf"(?:,\s?|\b(?:hat|heeft)\s)(?P<before>{_WORDS}?)\s{_WROTE}|{_WROTE}\s(?P<after>{_WORDS})[:：]", re.I
)
"""Whom an attribution names: between the last comma and the verb, or after the verb."""

SAID_ALONE = re.compile(rf"^[\s>]*(?:{_WROTE}\s*[:：]?|[:：])\s*$", re.I)
"""The verb on a line of its own."""

_QUOTING = _any(
    """Quoting|Zitat von|Zitiere|Citeren|Citation de|Citando|Citando a|Citat von|Citat från|Citat fra|Cytowanie
    |Citát|Lainaus|Wiadomość napisana przez|Вы писали|Цитирование|בתאריך|בתאריך יום|في|ในวันที่"""
)
QUOTING = re.compile(rf"^[\s>*-]*{_QUOTING}\s(?P<who>[^\n]{{2,300}})[:：]\s*$", re.I)
"""``Quoting Bob <b@x.example>:``, ``Zitat von Bob <b@x.example>:``; an address or a date is asked for separately."""

SAID_WHEN = re.compile(
    rf"^[\s>*-]*(?P<who>[^\n]{{1,200}}?)(?:(?<!\w)|(?<=[\u3040-\u30ff]))(?:{_WROTE})(?!\w)[^\n]{{0,160}}[:：][\s*-]*$",
    re.I,
)
"""The verb amid who and when: ``Bob schrieb am 2.4.2012 um 18:26:``; who and when are asked for separately."""

ADDRESS = re.compile(r"<[^<>@\s]{1,80}@[^<>\s]{1,200}>")
DAY = re.compile(r"\b(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d\d\. \d{1,2}\. \d{1,2}\b")
TIME = re.compile(r"\d{1,2}[:.h]\d\d(?!\d|[./-]\d)")

DASHED = re.compile(rf"^[\s>]*-{{3,}}.{{2,200}}?{_WROTE}\s*:?\s*-{{2,}}\s*$", re.I | re.S)
"""``---- Bob wrote ----``."""

SAID = re.compile(rf"{_WROTE}\s*\)?\s*[:：]?[\s*:-]*$|[:：>]\s*$", re.I)
"""How the last line of any of the above ends."""

MIDLINE = re.compile(
    r"(?<=[^\s>-])(?:\s?-{2,}\s?|\s)On\s(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},[^\n]{8,200}\swrote:\s*$",
    re.M,
)
"""An attribution that a program glued to the last line of the answer."""

DATE = re.compile(
    r"\b\d{4}\b|\d{1,2}[:.h]\d\d|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}\.?\s?[^\W\d_]{3,10}|"
    r"[^\W\d_]{3,10}\.?\s\d{1,2}|\d年"
)

_ORIGINAL = _any(
    """Original Message|Original Mail|Original Email|Original Appointment|Original-Nachricht
    |Originalnachricht|Ursprüngliche Nachricht|Ursprüngliche E-Mail|Ursprungliche Nachricht
    |Antwort Nachricht|Reply Message|Message d'origine|Message d’origine|Message original
    |Message initial|Courriel original|Mensaje original|Mensagem original|Mensagem Original
    |Messaggio originale|Messaggio Originale|Oorspronkelijk bericht|Oorspronkelijke bericht
    |Origineel bericht|Originalmeddelande|Ursprungligt meddelande|Original meddelelse
    |Oprindelig meddelelse|Oprindelig besked|Opprinnelig melding|Wiadomość oryginalna
    |Oryginalna wiadomość|Alkuperäinen viesti|Исходное сообщение|Оригинальное сообщение
    |Вихідне повідомлення|Původní zpráva|Pôvodná správa|Eredeti üzenet|Mesaj original|Mesajul original
    |Orijinal Mesaj|Özgün İleti|原始邮件|原始郵件|邮件原件|元のメッセージ|元メッセージ|원본 메시지
    |원본 메일|Αρχικό μήνυμα|Izvorna poruka|Izvirno sporočilo|Missatge original|Jatorrizko mezua
    |Algne kiri|Originalus pranešimas|Thư gốc|Tin nhắn gốc|Pesan asli|הודעה מקורית|الرسالة الأصلية
    |Reply Separator|Replied Message|回复的原邮件"""
)
REPLY_ABOVE = re.compile(
    r"^[\s>]*(?:[#*=_~–—-]\s?){2,}[^\n]{0,40}?\b(?:(?:reply|answer|write|type|respond|text)\b[^\n]{0,20}\babove this line"
    r"|antwort\w*\b[^\n]{0,20}\b(?:über|oberhalb)\b[^\n]{0,10}zeile|répond\w*\b[^\n]{0,20}\bau-dessus"
    r"|respond\w*\b[^\n]{0,20}\bencima de esta línea)[^\n]{0,40}[#*=_~–—-]\s*$",
    re.I,
)
"""What help desks put on top of what they send: ``##- Please type your reply above this line -##``."""

_RULE = r"[-_=~\u2010-\u2015]{2,}(?:\s|&nbsp;){0,8}"
ORIGINAL = re.compile(rf"^[\s>*]*{_RULE}{_ORIGINAL}\s*:?(?:\s|&nbsp;){{0,8}}{_RULE}\*?$", re.I)

ARROWED = re.compile(r"^>>> [^>\n]{2,200}(?:@[^>\n]{3,200}>|\d[:.]\d\d)[^>\n]{0,40}>>>\s*$")
"""``>>> Bob Berg <bob@x.example> 02/04/2012 18:26 >>>``: GroupWise, which does not mark what follows."""

NOTES = re.compile(
    r"^[\s>]*(?:[^\n]{2,100}?\s?-{3}\s?\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\s\d{1,2}[:.]\d\d[^\n]{0,12}-{3}"
    r"|Message du \d{1,2}/\d{1,2}/\d{2,4} \d{1,2}:\d\d\s*$)"
)
"""``Bob Berg ---02.04.2012 18:26:00---Dear Ann, thank you for your``: Notes, and the first words of what it quotes;
``Message du 02/04/12 18:26``: Orange and La Poste."""

WHEN_ALONE = re.compile(
    r"^\s*\d{1,4}[./-]\d{1,2}[./-]\d{2,4}[,\s]{1,2}\d{1,2}[:.]\d\d(?::\d\d)?(?:\s[AP]M)?\s*$", re.I
)
TO_ALONE = re.compile(r"^\s*(?:To|An|Pour|A|Para|Aan|Till|Til|Do|Komu|Кому|宛先)\s*$")

_FORWARDED = _any(
    """Forwarded message|Forwarded Message|Begin forwarded message|Weitergeleitete Nachricht
    |Message transféré|Message transmis|Début du message transféré|Début du message réexpédié
    |Mensaje reenviado|Mensagem encaminhada|Messaggio inoltrato|Inizio messaggio inoltrato
    |Doorgestuurd bericht|Begin doorgestuurd bericht|Vidarebefordrat meddelande|Videresendt meddelelse
    |Videresendt melding|Wiadomość przekazana dalej|Przekazana wiadomość|Välitetty viesti
    |Пересылаемое сообщение|Переслане повідомлення|Přeposlaná zpráva|Továbbított üzenet
    |Yönlendirilen ileti|İletilen ileti|转发邮件|转发的邮件|轉寄郵件|転送メッセージ|전달된 메시지
    |Anfang der weitergeleiteten Nachricht|Inicio del mensaje reenviado"""
)
FORWARDED = re.compile(rf"^[\s>*]*(?:[-_=]{{2,}}\s*{_FORWARDED}|{_FORWARDED}\s*[:：]\s*$)", re.I)

DIVIDER = re.compile(
    r"^\s*-{2,}\s?[^\W\d_][^\n]{2,60}?-{2,}\s*$|^\s*(?:[-_=*~—–]\s?){3,}\s*$|^\s*\[cid:[^\]]{1,80}\]\s*$"
)

FOOTER = re.compile(r"^\s*(?:--[ \xa0]?|_{2,})\s*$")

POSTSCRIPT = re.compile(r"^\s*(?:P\.?\s?P?\.?\s?S|N\.?B)\b\.?\s?[:：.]?\s", re.I)

_FROM = _any(
    """From|Von|De|Da|Van|Från|Fra|Od|Lähettäjä|Kimden|Gönderen|От|От кого|Від|Feladó|Desde|Remitente
    |Remetente|Mittente|Expéditeur|Expediteur|寄件者|发件人|寄件人|差出人|送信者|보낸 사람|보낸사람|발신|Από|מאת
    |من|Odesílatel|Odosielateľ|Šalje|Pošiljatelj|Expeditor|De la|Saatja|Nuo|No|Từ|Dari|Absender|Afzender
    |Avsändare|Afsender|Nadawca|จาก"""
)
_SENT = _any(
    """Sent|Sent at|Sent on|Gesendet|Gesendet am|Envoyé|Envoyé le|Enviado|Enviado em|Enviado el
    |Enviada em|Enviada|Изпратено|Inviato|Verzonden|Verstuurd|Skickat|Sendt|Wysłano|Wysłane|Data wysłania|Odesláno
    |Odoslané|Lähetetty|Gönderildi|Gönderilme Tarihi|Gönderme tarihi|Отправлено|Надіслано|Elküldve
    |Küldve|Trimis|发送时间|发送日期|寄件日期|送信日時|보낸 날짜|Στάλθηκε|Εστάλη|נשלח|تم الإرسال|Poslano
    |Poslato|Saadetud|Išsiųsta|Nosūtīts|Đã gửi|Dikirim|Message du|ส่ง"""
)
_DATE = _any(
    """Date|Datum|Fecha|Data|Dato|Päiväys|Päivämäärä|Tarih|Дата|Dátum|Dată|日期|時間|日付|日時|날짜
    |Ημερομηνία|תאריך|تاريخ|التاريخ|Kuupäev|Ngày|Tanggal|Le|วันที่"""
)
_TO = _any(
    """To|Cc|Bcc|An|À|A|Aan|Till|Til|Do|Dla|Komu|Vastaanottaja|Kime|Кому|Копия|Címzett|Para|Destinatario
    |Destinataire|Către|收件人|收件者|抄送|宛先|받는 사람|받는사람|수신|Προς|Κοιν|אל|إلى|Za|Prima|Kepada|Đến|Tới
    |Copie à|Copie|Kopie|Kopia|Kopi|CC|Kam|Saaja|Kellele|ถึง"""
)
_SUBJECT = _any(
    """Subject|Betreff|Objet|Sujet|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne|Temat|Předmět|Predmet|Aihe
    |Konu|Тема|Tárgy|Subiect|主题|主旨|件名|제목|Θέμα|נושא|الموضوع|Zadeva|Naslov|Teema|Tema|Temats
    |Chủ đề|Subjek|Perihal|Assumpte|Gaia|เรื่อง"""
)
FIELD = re.compile(
    rf"^[\s>|*_]*(?:(?P<author>{_FROM})|(?P<sent>{_SENT})|(?P<date>{_DATE})|(?P<to>{_TO})|"
    rf"(?P<subject>{_SUBJECT}))\s{{0,3}}\*{{0,2}}\s{{0,3}}[:：]",
    re.I,
)
"""One line of the header that Outlook and others copy above what they quote."""

OTHER_FIELD = re.compile(r"^[\s>|*_]*[^\W\d_][^\d:：\n]{0,25}[:：]")
"""Any other line of that form."""
WITHIN_HEADER = re.compile(rf"[@;<>]|{OTHER_FIELD.pattern}")

FIELDS_IN_ONE = re.compile(
    rf"^[\s>*]*{_FROM}\s?[:：].{{3,200}}\b(?:{_SENT}|{_DATE})\s?[:：].{{0,40}}\d.{{0,300}}$", re.I
)
"""The same header where its lines were run together."""

SIGNATURE = re.compile(r"^--[ \xa0]?$")
_SENT_FROM = _any(
    """Sent from|Sent via|Sent with|Sent by|Sent using|From my|Gesendet von|Gesendet mit|Gesendet aus
    |Gesendet über|Von|Diese Nachricht wurde von|Envoyé de|Envoyé depuis|Envoyé à partir|Envoyé avec
    |Enviado desde|Enviado do|Enviado de|Enviado con|Inviato da|Inviato dal|Verstuurd vanaf|Verzonden vanaf
    |Verzonden met|Skickat från|Skickades från|Sendt fra|Sendt via|Wysłano z|Wysłane z|Lähetetty|Отправлено с
    |Отправлено из|Надіслано з|Odesláno z|Odoslané z|Στάλθηκε από|Küldve|Elküldve|Trimis de|Poslano z|נשלח
    |أُرسلت من|أرسلت من|Gửi từ|Dikirim dari"""
)
_DEVICE = _any(
    """iPhon|iPad|iPod|Android|BlackBerry|Galaxy|Samsung|Huawei|Xiaomi|Nokia|HTC|Windows|mobile|phone|cell
    |tablet|smartphone|device|Handy|Mobilgerät|Mobiltelefon|telefono|teléfono|téléphone|telefon|celular|cellulare
    |Outlook|Mail|Mailbox|Airmail|Yahoo|Proton|Thunderbird|Spark|TypeMail|AOL"""
)
DEVICE = re.compile(
    rf"^\s*[(<\[]{{0,2}}(?:{_SENT_FROM}(?!\w).{{0,50}}?{_DEVICE}|Sent\sfrom\smy\s|Get\sOutlook\sfor\s"
    r"|(?:[^\W\d_]{2,15}\s)?Outlook\s(?:für|pour|para|per|voor|för|til|dla|для)\s(?:iOS|Android|Mac|Windows)"
    r"|(?:[从從]我的|發自我的|나의|내)\s?(?:iPhone|iPad|Android)|(?:iPhone|iPad|Android)\S{0,8}\s?(?:から送信|에서 보냄|gönderildi))",
    re.I,
)
"""What a program writes below on behalf of its maker: ``Sent from my iPhone``."""
