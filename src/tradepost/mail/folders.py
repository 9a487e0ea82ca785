"""What a folder is for: what the server says (RFC 6154, XLIST), else what people call it, in their languages (B7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tradepost.kit.text import fold
from tradepost.mail.types import Folder, FolderUse

_BY_FLAG = {
    b"\\sent": FolderUse.SENT,
    b"\\drafts": FolderUse.DRAFTS,
    b"\\trash": FolderUse.TRASH,
    b"\\junk": FolderUse.JUNK,
    b"\\spam": FolderUse.JUNK,  # XLIST
    b"\\archive": FolderUse.ARCHIVE,
    b"\\all": FolderUse.ALL,
    b"\\allmail": FolderUse.ALL,  # XLIST
    b"\\inbox": FolderUse.INBOX,  # XLIST
}

# As mail programs and providers name them: Outlook, Thunderbird, Apple Mail, Gmail, Yahoo, GMX, Orange, Yandex, QQ …
_NAMES = {
    FolderUse.SENT: """
        sent; sent items; sent messages; sent mail; sent-mail; outbox sent; gesendet; gesendete objekte;
        gesendete elemente; gesendete nachrichten; postausgang gesendet; envoyés; éléments envoyés;
        messages envoyés; courrier envoyé; objets envoyés; enviados; elementos enviados;
        mensajes enviados; correo enviado; itens enviados; mensagens enviadas; inviati; posta inviata;
        elementi inviati; inviata; verzonden; verzonden items; verzonden berichten; sendt;
        sendte elementer; sendt post; sende element; skickat; skickade objekt; skickade; lähetetyt;
        lähetetyt viestit; wysłane; elementy wysłane; odeslané; odeslaná pošta; odoslané;
        odoslaná pošta; elküldött; elküldött elemek; trimise; elemente trimise; mesaje trimise;
        изпратени; отправленные; надіслані; απεσταλμένα; σταλμένα; gönderilmiş öğeler; gönderilenler;
        gönderilmiş; gönderilmiş postalar; poslano; poslane stavke; saadetud; išsiųsti; nosūtītie;
        送信済み; 送信済みアイテム; 送信済みメール; 已发送; 已发送邮件; 已发邮件; 寄件備份; 寄件备份;
        보낸 편지함; 보낸메일함; المرسلة; العناصر المرسلة; נשלח; פריטים שנשלחו; ส่งแล้ว; thư đã gửi;
        terkirim""",
    FolderUse.DRAFTS: """
        drafts; draft; draft messages; entwürfe; brouillons; borradores; borrador; rascunhos; bozze;
        concepten; kladder; kladd; utkast; luonnokset; szkice; wersje robocze; kopie robocze; koncepty;
        rozepsané; piszkozatok; ciorne; чернови; черновики; чернетки; πρόχειρα; taslaklar; osnutki;
        nacrti; mustandid; juodraščiai; melnraksti; 下書き; 草稿; 草稿箱; 草稿匣; 임시보관함;
        임시 보관함; مسودات; المسودات; טיוטות; ร่างจดหมาย; thư nháp; draf; konsep""",
    FolderUse.TRASH: """
        trash; deleted; deleted items; deleted messages; bin; wastebasket; papierkorb;
        gelöschte objekte; gelöschte elemente; gelöscht; corbeille; éléments supprimés;
        messages supprimés; papelera; elementos eliminados; eliminados; papelera de reciclaje; lixeira;
        lixo; itens excluídos; itens eliminados; cestino; posta eliminata; eliminati;
        elementi eliminati; prullenbak; prullenmand; verwijderde items; verwijderd; papirkurv;
        slettet post; slettede elementer; slettet; papperskorgen; borttaget; borttagna objekt;
        roskakori; poistetut; kosz; elementy usunięte; koš; odstraněná pošta; kôš; odstránená pošta;
        kuka; lomtár; törölt elemek; coș de gunoi; elemente șterse; gunoi; кошче; изтрити; корзина;
        удаленные; удалённые; кошик; видалені; κάδος; διαγραμμένα; çöp kutusu; çöp; silinmiş öğeler;
        silinenler; koš za smeti; smeće; prügikast; šiukšlinė; miskaste; ゴミ箱; 削除済みアイテム;
        已删除; 已删除邮件; 垃圾桶; 刪除的郵件; 휴지통; 지운 편지함; سلة المهملات; العناصر المحذوفة;
        אשפה; פריטים שנמחקו; ถังขยะ; thùng rác; sampah""",
    FolderUse.JUNK: """
        junk; spam; junk e-mail; junk email; bulk mail; bulk; spamverdacht; werbung; junk-e-mail;
        unerwünscht; courrier indésirable; indésirables; pourriel; correo no deseado; correo basura;
        lixo eletrônico; lixo eletrónico; posta indesiderata; indesiderata; ongewenste e-mail;
        ongewenst; uønsket e-post; søppelpost; skräppost; roskaposti; wiadomości-śmieci; niechciane;
        nevyžádaná pošta; nevyžiadaná pošta; levélszemét; нежелателна поща; спам; нежелательная почта;
        ανεπιθύμητα; ανεπιθύμητη αλληλογραφία; önemsiz; gereksiz; istenmeyen; vsiljena pošta;
        neželjena pošta; rämpspost; 迷惑メール; 垃圾邮件; 垃圾郵件; 스팸; 스팸편지함; 정크 메일;
        البريد العشوائي; דואר זבל; สแปม; thư rác""",
    FolderUse.ARCHIVE: """
        archive; archives; archiv; archivio; archivo; archivos; arquivo; arquivo morto; archief; arkiv;
        arkisto; archiwum; archív; archívum; arhiva; arhivă; архив; архів; αρχείο; αρχειοθήκη; arşiv;
        arhiv; アーカイブ; 存档; 归档; 封存; 보관함; 보관; أرشيف; الأرشيف; ארכיון""",
    FolderUse.ALL: """
        all mail; alle nachrichten; tous les messages; todos; todos os e-mails; tutti i messaggi;
        alle e-mails; wszystkie; вся почта; すべてのメール; 所有邮件; 전체보관함""",
}  # fmt: skip
_BY_NAME = {fold(name): use for use, names in _NAMES.items() for name in names.split(";")}


def folder_of(flags: Iterable[bytes], delimiter: bytes | str | None, name: str) -> Folder:
    """A folder as LIST gives it."""
    lower = {flag.lower() for flag in flags}
    use = next((_BY_FLAG[flag] for flag in lower if flag in _BY_FLAG), None)
    if name.upper() == "INBOX":
        use, name = FolderUse.INBOX, "INBOX"
    text = delimiter.decode() if isinstance(delimiter, bytes) else delimiter
    selectable = not lower & {b"\\noselect", b"\\nonexistent"}
    return Folder(name, use, selectable, text or "")


def propose_folders(folders: Sequence[Folder]) -> dict[FolderUse, str]:
    """For each use the folder to map it to, as a proposal to a person (B7).

    What the server declares wins; then the name's last part, in any of some thirty languages; the one nearest
    to the top, and then the first in the alphabet, where several fit. Uses without a folder are absent.
    """
    choices: dict[FolderUse, tuple[tuple[int, int, str], str]] = {}
    for folder in folders:
        if not folder.selectable:
            continue
        parts = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
        use = folder.use or _BY_NAME.get(fold(parts[-1]))
        if use is None:
            continue
        rank = (0 if folder.use else 1, len(parts), folder.name)
        if use not in choices or rank < choices[use][0]:
            choices[use] = rank, folder.name
    return {use: choices[use][1] for use in FolderUse if use in choices}
