"""Answers without their quoted trail: nothing of what a person wrote is lost, and nothing of the trail is deleted."""
# ruff: noqa: E501 - one row a line is how a table is read

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared
from tradepost.mail.plain import text_of_html
from tradepost.mail.unquote import Kind, Unquoted, unquote_html, unquote_text

INTRODUCTIONS = [
    "On Mon, 2 Apr 2012 at 18:26, Bob <b@x.example> wrote:",
    "On Mon, Apr 2, 2012 at 6:26 PM, Bob Berg from Some Company\n<bob@x.example> wrote:",
    "Am 02.04.2012 um 18:26 schrieb Bob <b@x.example>:",
    "Le lun. 2 avr. 2012 à 18:26, Bob <b@x.example> a écrit :",
    "Op ma 2 apr. 2012 om 18:26 schreef Bob <b@x.example>:",
    "El lun, 2 abr 2012 a las 18:26, Bob (<b@x.example>) escribió:",
    "Em seg., 2 de abr. de 2012 às 18:26, Bob <b@x.example> escreveu:",
    "Il giorno lun 2 apr 2012 alle ore 18:26 Bob <b@x.example> ha scritto:",
    "W dniu 2.04.2012 o 18:26, Bob pisze:",
    "Den mån 2 apr. 2012 kl 18:26 skrev Bob <b@x.example>:",
    "ma 2. huhtik. 2012 klo 18.26 Bob (b@x.example) kirjoitti:",
    "пн, 2 апр. 2012 г. в 18:26, Bob <b@x.example>:",
    "2 апреля 2012 г. 18:26 пользователь Bob <b@x.example> написал:",
    "2 Nis 2012 Pzt 18:26 tarihinde Bob <b@x.example> şunu yazdı:",
    "2012年4月2日(月) 18:26 Bob <b@x.example>:",
    "Bob <b@x.example> 于2012年4月2日周一 18:26写道：",
    "Bob Berg wrote on 02/04/2012 18:26:",
    "Quoting Bob Berg <b@x.example>:",
    "Zitat von Bob Berg <b@x.example>:",
    "Bob Berg <b@x.example> hat am 02.04.2012 18:26 geschrieben:",
    "Bob Berg schrieb am 2. April 2012 um 18:26 Uhr:",
    "Bob Berg skrev 2012-04-02 18:26:",
    "Bob Berg <b@x.example> kirjoitti 2.4.2012 kello 18.26:",
    "Wiadomość napisana przez Bob Berg <b@x.example> w dniu 02.04.2012, o godz. 18:26:",
    "Bob Berg <b@x.example> ezt írta (időpont: 2012. ápr. 2., H, 18:26):",
    "Вы писали 2 апреля 2012 г., 18:26:00:",
    "пн, 2 квіт. 2012 р. о 18:26 Bob Berg <b@x.example> пише:",
    "\u202bבתאריך יום ב׳, 2 באפר׳ 2012 ב-18:26 מאת \u202aBob Berg\u202c\u200f <\u202ab@x.example\u202c\u200f>:\u202c",
    "في الاثنين، 2 أبريل 2012 في 6:26 م تمت كتابة ما يلي بواسطة Bob Berg <b@x.example>:",
    "2012/04/02 18:26、Bob Berg <b@x.example>のメール:",
    "Bob Berg さんは 2012年4月2日 18:26 に書きました:",
    "ในวันที่ จ. 2 เม.ย. 2012 เวลา 18:26 Bob Berg <b@x.example> เขียนว่า:",
    "Dana pon, 2. tra 2012. u 18:26 Bob Berg <b@x.example> je napisao/la:",
    "Kuupäev E, 2. aprill 2012 kell 18:26 kirjutas Bob Berg <b@x.example>:",
    "--- Bob Berg <b@x.example> schrieb am Mo, 2.4.2012:",
    "##- Please type your reply above this line -##",
    "*From:* Bob Berg <b@x.example>\n*Sent:* Monday, April 2, 2012 6:26 PM\n*To:* Ann\n*Subject:* Test",
    'Gesendet: Montag, 02. April 2012 um 18:26 Uhr\nVon: "Bob Berg" <b@x.example>\nAn: ann@y.example\nBetreff: Test',
    '------------------ 原始邮件 ------------------\n发件人: "Bob" <b@x.example>;\n发送时间: 2012年4月2日(星期一) 晚上6:26\n收件人: "Ann"<a@y.example>;',
    "ti 2. huhtik. 2012 klo 18.26 Bob (b@x.example) kirjoitti:",
    "O luns, 2 abr 2012 ás 18:26, Bob Berg (<b@x.example>) escribiu:",
    "Dne 02. 04. 2012 ob 18:26 je Bob Berg napisal(a):",
    "12. 4. 2. 오후 6:26에 Bob Berg 이(가) 쓴 글:",
    "於 2012/4/2 下午 06:26, Bob Berg 提到:",
    "In a message dated 4/2/2012 6:26:00 PM Central European Summer Time, b@x.example writes:",
    "Bob Berg ---02.04.2012 18:26:00---Dear Ann, here is",
    "Bob Berg <b@x.example>\n02.04.2012 18:26\n\nAn\nann@y.example\nKopie\n\nThema\nTest",
    "##- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein. -##",
    "보낸사람 : Bob <b@x.example>\n날짜 : 2012-04-02 18:26\n받는사람 : Ann\n제목 : Test",
    "---- 回复的原邮件 ----\n| 发件人 | Bob<b@x.example> |\n| 日期 | 2012年04月02日 18:26 |",
    "---- Replied Message ----\n| From | Bob<b@x.example> |\n| Date | 04/02/2012 18:26 |",
    "------------------&nbsp;原始邮件&nbsp;------------------",
    "\u2010\u2010\u2010\u2010 Original Message \u2010\u2010\u2010\u2010\nOn Monday, April 2, 2012 6:26 PM, Bob <b@x.example> wrote:",
    "De: Bob <b@x.example>\nEnviada: 2 de abril de 2012 18:26\nPara: Ann\nAssunto: Test",
    "From: Bob <b@x.example>\nOdoslana dňa: 2. apríla 2012 18:26\nTo: Ann\nSubject: Test",
    ">>> Bob Berg <b@x.example> 02.04.2012 18:26 >>>",
    ">>> Bob Berg 4/2/2012 6:26 PM >>>",
    "-----Original Message-----",
    "*----- Original Message -----*",
    "-----Ursprüngliche Nachricht-----",
    "---- Bob wrote ----",
    "From: Bob <b@x.example>\nSent: Monday, 2 April 2012 18:26\nTo: Ann\nSubject: Test",
    "Von: Bob <b@x.example>\nGesendet: Montag, 2. April 2012 18:26\nAn: Ann\nBetreff: Test",
    "De : Bob <b@x.example>\nEnvoyé : lundi 2 avril 2012 18:26\nÀ : Ann\nObjet : Test",
    "Da: Bob <b@x.example>\nInviato: lunedì 2 aprile 2012 18:26\nA: Ann\nOggetto: Test",
    "Van: Bob <b@x.example>\nVerzonden: maandag 2 april 2012 18:26\nAan: Ann\nOnderwerp: Test",
    "De: Bob <b@x.example>\nEnviado el: lunes, 2 de abril de 2012 18:26\nPara: Ann\nAsunto: Test",
    "De: Bob <b@x.example>\nEnviada em: segunda-feira, 2 de abril de 2012 18:26\nPara: Ann\nAssunto: Test",
    "Från: Bob <b@x.example>\nSkickat: den 2 april 2012 18:26\nTill: Ann\nÄmne: Test",
    "Fra: Bob <b@x.example>\nSendt: 2. april 2012 18:26\nTil: Ann\nEmne: Test",
    "Lähettäjä: Bob <b@x.example>\nLähetetty: maanantai 2. huhtikuuta 2012 18:26\nVastaanottaja: Ann\nAihe: Test",
    "Od: Bob <b@x.example>\nWysłano: poniedziałek, 2 kwietnia 2012 18:26\nDo: Ann\nTemat: Test",
    "Od: Bob <b@x.example>\nOdesláno: pondělí 2. dubna 2012 18:26\nKomu: Ann\nPředmět: Test",
    "Feladó: Bob <b@x.example>\nElküldve: 2012. április 2., hétfő 18:26\nCímzett: Ann\nTárgy: Test",
    "Kimden: Bob <b@x.example>\nGönderildi: 2 Nisan 2012 Pazartesi 18:26\nKime: Ann\nKonu: Test",
    "От: Bob <b@x.example>\nОтправлено: 2 апреля 2012 г. 18:26\nКому: Ann\nТема: Test",
    "发件人: Bob <b@x.example>\n发送时间: 2012年4月2日 18:26\n收件人: Ann\n主题: Test",
    "差出人: Bob <b@x.example>\n送信日時: 2012年4月2日 18:26\n宛先: Ann\n件名: Test",
    "보낸 사람: Bob <b@x.example>\n보낸 날짜: 2012년 4월 2일 18:26\n받는 사람: Ann\n제목: Test",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("mark", ["", "> "])
def test_introductions_in_many_languages(introduction: str, mark: str) -> None:
    text = f"Yes, please.\n\nAnn\n\n{introduction}\n\n{mark}Shall we send it?\n{mark}Bob\n"
    assert unquote_text(text).new.strip() == "Yes, please.\n\nAnn"
    rows = introduction.replace("<", "&lt;").replace("\n", "<br>")
    quote = (
        "<blockquote type=cite>Shall we send it?<br>Bob</blockquote>" if mark else "<p>Shall we send it?</p>"
    )
    html = f"<div>Yes, please.</div><div><br></div><div>Ann</div><div>{rows}</div>{quote}"
    assert text_of_html(unquote_html(html).new) == "Yes, please.\n\nAnn"


ELEMENTS = [
    '<div class="gmail_quote">On some day Bob wrote<blockquote>old</blockquote></div>',
    '<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">x</div>old</div>',
    '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Bob</div><div>old</div>',
    '<div id="x"><hr id="stopSpelling">old</div>',
    '<div class="yahoo_quoted" id="yahoo_quoted_1"><div>old</div></div>',
    '<div class="moz-cite-prefix">Bob:<br></div><blockquote type="cite">old<p>old</p></blockquote>',
    '<div class="protonmail_quote">old</div>',
    '<div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Bob &lt;b@x.example&gt;<br><b>Sent:</b> Monday, 2 April 2012<br><b>To:</b> Ann<br><b>Subject:</b> x</p></div><p>old</p>',
    '<div id="x_appendonsend"></div><div id="x_divRplyFwdMsg"><b>From:</b> Bob</div><div>old</div>',
    '<div id="mail-editor-reference-message-container"><div>old</div></div>',
    '<div name="messageReplySection">On 2 Apr 2012, Bob wrote:<blockquote class="spark_quote">old</blockquote></div>',
    '<div name="quote" style="margin:10px"><div>old</div></div>',
    '<hr id="zwchr" data-marker="__DIVIDER__"><div>From: Bob</div><blockquote>old</blockquote>',
    '<blockquote type="cite"><div>On 2 Apr 2012, at 18:26, Bob wrote:</div><div>old</div></blockquote>',
]  # fmt: skip


@pytest.mark.parametrize("element", ELEMENTS)
def test_elements_that_programs_put_quotations_in(element: str) -> None:
    found = unquote_html(f"<html><body><p>Yes.</p><p>Ann</p>{element}</body></html>")
    assert text_of_html(found.new) == "Yes.\n\nAnn"
    assert "old" in found.quoted


KEPT = [
    "Just text.\nWith two lines.",
    "On Thursday:\n\nI am away.\n\nOn Friday:\n\nI am back.",
    "From: Paris\nTo: London\nDate: 5 May",
    "Visit us:\n>>> http://www.x.example <<<\nnow",
    "FYI\n\n---------- Forwarded message ----------\nFrom: bob@x.example\nDate: Tue, 4 Sep 2012\nSubject: x\n\nText",
    "> Do you want blue?\nYes.\n\n> Do you want green?\n> Or red?\nNo.",
    "Service Date\n-------------\nJun 27, 2018 github.com",
    "Dear Bob,\nhe wrote: hello\nand so on",
    "As I wrote on 2 April 2012:\n\n- forty tents\n- no poles",
    "I wrote to bob@x.example on 2.4.2012:\nhe never answered.",
    "The driver said on 02/04/2012 at 18:26:\nnobody is at the door.",
    "Your driver wrote at 18:26 on 02.04.2012:\nnobody at the door. Please send it again.",
    "Zitat von gestern:\nein Tag ohne Zelt.",
    "In Paris:\nwe met on 02.04.2012 at 18:26.",
    "Please answer above this line of tents",
    "Meeting\nTime: 10:00\nDate: 5 May 2026\nPlace: here",
    "On Monday we wrote:\n\nplease deliver to the back door.",
    "Hello,\n\nOn 2 April 2012 we wrote:\nplease cancel the order.",
    "Hello,\n\nOn 02/04/2012 18:26, the machine wrote:\nERROR 42",
    "Hallo,\n\nAm 02.04.2012 18:26 schrieb das Gerät:\nFEHLER 42",
    "Hallo,\n\nAm 02.04.2012 um 18:26 hat der Fahrer geschrieben:\nniemand da.",
    "Hello,\n\nQuoting your price of 10.00 on 2.4.2012:\nplease send the contract.",
    "Hello,\n\nAnn <ann@y.example> said:\nyes to all. I say no.",
    "Our stores:\n\nFrom 1.12.2026: Main Street 3, Berlin, <berlin@y.example>:\nplease update",
    "Order:\nDate: 2.4.2012\nTo: Ann, ann@y.example\n10 tents",
    "Termin:\nBetreff: Aufbau\nDatum: 2.4.2012, 10:00\nAn: alle (alle@y.example)\n\nBitte bestätigen.",
    "Von: Ann Adler, Hauptstraße 3\nAn: Shop GmbH\nDatum: 2. April 2012\nBetreff: Widerruf\n\nHiermit widerrufe ich.",
    "From: now on please use ann@y.example\nSubject: to change.",
    "Please repeat:\n\nOrder: SO-1042\nDate: 2012-04-02 18:26\nTo: Ann\nFrom: The Shop\nSubject: 10 tents\n\nThanks",
    "Abholung\nDatum: 2.4.2012 09:00\nVon: Lager Nord\nAn: Kunde Süd\nBetreff: 10 Zelte\n\nBitte bestätigen",
    "Bitte ändern:\n\nVon: Shop GmbH\nAn: Ann GmbH, ann@y.example\nDatum: 2.4.2012\n\nDanke",
    "Termin:\nVon: 2.4.2012 09:00\nBis: 2.4.2012 10:00\nAn: ann@y.example\n\nPasst das?",
    "The printer mails:\n\nFrom: printer@y.example\nTo: it@y.example\nSubject: toner low\n\nWe need toner.",
    "> 10 tents\n> 5 poles",
    "Hello,\nWe need:\n\n> 10 tents\n> 5 poles\n\nPlease confirm.",
    "The manual says:\n\n> The tent is\n> waterproof.",
    "On Mon, 2 Apr 2012 at 18:26, Bob <b@x.example> wrote:\n\nShall we send it?\nYes, please.",
    "From: Bob <b@x.example>\nSent: Monday, 2 April 2012 18:26\nTo: Ann\nSubject: Test\n\nShall we?\n\nYes!",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_a_person_wrote_is_kept(text: str) -> None:
    assert unquote_text(text).new == text


@pytest.mark.parametrize("text", KEPT)
@pytest.mark.parametrize(
    "introduction", [i for i in INTRODUCTIONS if i.startswith(("On Mon, 2", "Von: ", "Gesendet: "))]
)
def test_what_a_person_wrote_is_kept_above_a_quotation(introduction: str, text: str) -> None:
    new = unquote_text(f"{text}\n\nAnn\n\n{introduction}\n\nShall we?\nBob\n").new
    assert new.startswith(f"{text}\n\nAnn")


def test_what_one_quotes_by_gmails_button_is_ones_own() -> None:
    """Gmail puts an answered mail into ``div.gmail_quote``; its button "Quote" makes a blockquote alone."""
    quote = '<blockquote class="gmail_quote">To be, or not</blockquote>'
    assert unquote_html(f"<div>As the poet says:{quote}</div>").quoted == ""
    introduced = f"<div>Yes.</div><div>On 2 Apr 2012, Bob &lt;b@x.example&gt; wrote:</div>{quote}"
    assert text_of_html(unquote_html(introduced).new) == "Yes."


def test_an_answer_below_the_quotation() -> None:
    found = unquote_text("On 2 Apr 2012, at 18:26, Bob wrote:\n> Shall we?\n> Bob\n\nYes.\n")
    assert found.new.strip() == "Yes."
    assert found.quoted.startswith("On 2 Apr")


BELOW = [
    '<div class="moz-cite-prefix">Am 02.04.12 um 18:26 schrieb Bob:<br></div><blockquote type="cite">old</blockquote>',
    '<p id="reply-intro">Am 2012-04-02 18:26, schrieb Bob:</p><blockquote type="cite"><div>old</div></blockquote>',
    '<div class="airmail_on">On 2 April 2012, Bob wrote:</div><blockquote type="cite" class="clean_bq">old</blockquote>',
    '<blockquote type="cite"><div>On 2 Apr 2012, at 18:26, Bob wrote:</div><div>old</div></blockquote>',
]


@pytest.mark.parametrize("quotation", BELOW)
def test_an_answer_below_the_quotation_of_a_program(quotation: str) -> None:
    found = unquote_html(f"{quotation}<p>Yes.</p><p>Ann</p>")
    assert text_of_html(found.new) == "Yes.\n\nAnn"
    assert "old" in found.quoted


def test_gmail_keeps_what_is_written_within_its_element() -> None:
    by = '<div class="gmail_attr">On Mon, Apr 2, 2012 at 6:26 PM Bob &lt;b@x.example&gt; wrote:</div>'
    quote = '<blockquote class="gmail_quote">old</blockquote>'
    below = unquote_html(f'<div class="gmail_quote">{by}{quote}<div>Yes.</div></div>')
    assert text_of_html(below.new) == "Yes."
    amid = f'<div class="gmail_quote">{by}{quote}<div>Yes.</div>{quote}<div>No.</div></div>'
    assert unquote_html(amid).new == amid
    ended = unquote_html(f'<div class="gmail_quote">{by}{quote}<div>Yes.</div>{quote}</div>')
    assert text_of_html(ended.new).endswith("Yes.")


INDENTED = [
    "<div>On Mon, Apr 2, 2012 at 6:26 PM, Bob</div><div>&lt;b@x.example&gt; wrote:</div>",
    "Вторник, 2 апреля 2012, 18:26 +03:00 от Bob &lt;b@x.example&gt;:<br>",
    "<p>De : Bob &lt;b@x.example&gt;<br>Envoyé : lundi 2 avril 2012 18:26<br>À : Ann<br>Objet : Test</p>",
    "&gt; Message du 02/04/12 18:26<br>&gt; De : Bob &lt;b@x.example&gt;<br>&gt; A : Ann<br>&gt; Objet : Test<br>",
]


@pytest.mark.parametrize("introduction", INDENTED)
def test_an_indented_stretch_that_an_introduction_begins_is_a_quotation(introduction: str) -> None:
    found = unquote_html(f"<p>Yes.</p><blockquote>{introduction}<div>old</div><div>old</div></blockquote>")
    assert text_of_html(found.new) == "Yes."
    assert unquote_html("<p>We need:</p><blockquote><p>tents</p><p>poles</p></blockquote>").quoted == ""


def test_lines_of_ours_that_are_copied_into_an_order_are_new() -> None:
    parent = (
        "Dear Ann,\nwe offer:\nTent, blue, waterproof, article 1042\nPole, steel, 2 m, article 1043\n"
        + "Terms. " * 40
    )
    order = "We take:\nTent, blue, waterproof, article 1042\nPole, steel, 2 m, article 1043\n"
    assert unquote_text(order, parent).new == order


def test_initials_before_the_mark_of_a_quotation() -> None:
    text = "Yes.\n\nMonday, April 2, 2012, 6:26:00 PM, you wrote:\n\nBB> Shall we?\nBB> Bob\n"
    assert unquote_text(text).new.strip() == "Yes."


def test_a_signature_like_the_first_line_of_a_header_is_kept() -> None:
    header = "From: Bob <b@x.example>\nSent: Monday, 2 April 2012 18:26\nTo: Ann\nSubject: Test"
    assert unquote_text(f"Yes.\n\nTo: be or not\n\n{header}\n\nold").new.strip() == "Yes.\n\nTo: be or not"


def test_signatures_are_told_apart_and_kept() -> None:
    found = unquote_text("Yes.\n-- \nAnn\nAcme\n\nOn 2 Apr 2012, at 18:26, Bob wrote:\n> Shall we?\n")
    assert [p.kind for p in found.pieces] == [Kind.NEW, Kind.SIGNATURE, Kind.QUOTED]
    assert found.signature.strip() == "-- \nAnn\nAcme"
    assert unquote_text("Yes.\n\nSent from my iPhone\n").signature.strip() == "Sent from my iPhone"


def test_a_postscript_below_quotation_and_signature_is_kept() -> None:
    text = "Yes.\n\nOn 2 Apr 2012, at 18:26, Bob wrote:\n> Shall we?\n\n-- \nAnn\n\n"
    assert unquote_text(text).new.strip() == "Yes."
    assert "two poles" in unquote_text(text + "PS: Please add two poles.\n").new
    assert "two poles" in unquote_text(text + "P.S. Please add two poles.\n").new


def test_what_a_program_adds_below_a_signature_belongs_to_it() -> None:
    assert (
        unquote_text("Yes.\n\n-- \nAnn\nSent from my iPhone\n").signature == "-- \nAnn\nSent from my iPhone\n"
    )


DEVICES = [
    "Sent from my cell, please excuse typos.",
    "Sent via mobile",
    "(sent from a phone)",
    "Sent with Airmail",
    "Get Outlook for iOS<https://outlook.example/ios>",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Von meinem Mobilgerät gesendet",
    "Outlook für Android beziehen",
    "Envoyé depuis mon iPhone",
    "Télécharger Outlook pour iOS",
    "Enviado desde mi iPad",
    "Obtener Outlook para Android",
    "Inviato da iPhone",
    "Scarica Outlook per iOS",
    "Verzonden vanaf mijn iPad",
    "Skickat från min iPhone",
    "Wysłano z iPhone'a",
    "Lähetetty iPhonesta",
    "Odesláno z iPhonu",
    "Отправлено с iPhone",
    "Надіслано з iPhone",
    "iPhone'umdan gönderildi",
    "iPhone から送信",
    "나의 iPhone에서 보냄",
    "從我的 iPhone 傳送",
    "נשלח מה-iPhone שלי",
    "Στάλθηκε από το iPhone μου",
    "Trimis de pe iPhone-ul meu",
]


@pytest.mark.parametrize("device", DEVICES)
def test_what_a_telephone_adds_is_no_word_of_its_owner(device: str) -> None:
    assert unquote_text(f"Yes.\n\n{device}\n").signature.strip() == device


@pytest.mark.parametrize(
    "last",
    ["Sent from our warehouse on Monday.", "From Bob", "Outlook is good.", "Von Hamburg aus am Montag.", "Mobile: 0123"],
)  # fmt: skip
def test_a_last_line_of_ones_own_is_no_signature(last: str) -> None:
    assert unquote_text(f"Yes.\n\n{last}\n").signature == ""


def test_what_we_sent_is_known_without_any_introduction() -> None:
    parent = "Dear Ann,\nyour order SO-1042 will be sent next Tuesday by parcel service.\nKind regards\nBob of the Shop\n"
    text = "Fine, thank you.\n\nDear Ann,\nyour order SO-1042 will be sent next\nTuesday by parcel service.\nKind regards\nBob of the Shop\n"
    assert unquote_text(text).quoted == ""
    assert unquote_text(text, parent).new.strip() in ("Fine, thank you.", "Fine, thank you.\n\nDear Ann,")


@given(st.text(alphabet=st.sampled_from("> \nOn wrote:<a@b>12-_/divbqFrom"), max_size=300))
def test_every_character_comes_back(text: str) -> None:
    for found in (unquote_text(text), unquote_html(text)):
        assert "".join(p.text for p in found.pieces) == text


@pytest.mark.parametrize(
    "piece",
    ["On ", "On\n", "> \n", "\n", "On Mon, 1 Jan 2020 at 10:00, Bob <b@x> \n", "From: a@b\n", "-", "<div>", "<blockquote>", "<", "<!--", "&nbsp;", "<div class=gmail_quote>", "<style>", "1 a@b:\n", "<a@b> " * 60 + ":\n"],
)  # fmt: skip
def test_hostile_answers_of_a_megabyte_come_back(piece: str) -> None:
    """Every pattern is bounded, and so is how much is looked at."""
    text = piece * (1_000_000 // len(piece))
    for found in (unquote_text(text, text), unquote_html(text, text)):
        assert sum(len(p.text) for p in found.pieces) == len(text)


def _score(name: str, unquote: Callable[[str], Unquoted], plain: Callable[[str], str]) -> tuple[float, float]:
    """Exact matches and token F1 over a corpus, both of 1."""
    folder = shared("corpora/replies/unquotemail")
    exact, overlap = [], []
    for expected in sorted((folder / "expecteds").glob(f"*.{name}")):
        sample = (folder / "samples" / expected.name).read_text(errors="replace")
        got = plain(unquote(sample).new).split()
        want = plain(expected.read_text(errors="replace")).split()
        common = sum((Counter(got) & Counter(want)).values())
        exact.append(got == want)
        overlap.append(2 * common / (len(got) + len(want)) if got or want else 1.0)
    return sum(exact) / len(exact), sum(overlap) / len(overlap)


def test_corpus_text() -> None:
    exact, overlap = _score("txt", unquote_text, str)
    assert exact >= 0.95
    assert overlap >= 0.96


def test_corpus_html() -> None:
    exact, overlap = _score("html", unquote_html, text_of_html)
    assert exact >= 0.90
    assert overlap >= 0.92
