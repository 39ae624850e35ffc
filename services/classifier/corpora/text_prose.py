"""The sentences that stand around identifiers in the labelled texts."""

from collections.abc import Mapping

FILLERS: tuple[str, ...] = (
    "Please rewrite the following paragraph so that it reads well for a general audience.",
    "We met the supplier on Tuesday and agreed to move the delivery by two weeks.",
    "Summarise the discussion in five bullet points and keep the action items apart.",
    "The warehouse in the north will be closed for stock taking at the end of the month.",
    "Could you suggest a friendlier subject line for this message?",
    "Rapat dipindahkan ke hari Kamis karena ruangan sedang diperbaiki.",
    "Mesyuarat pasukan akan diadakan selepas waktu makan tengah hari.",
    "โปรดช่วยปรับข้อความนี้ให้สุภาพและกระชับมากขึ้น",
    "Vui lòng viết lại đoạn văn này cho ngắn gọn và lịch sự hơn.",
    "Pakisulat muli ang talata para mas madaling maintindihan.",
    "Die Präsentation soll höchstens zehn Folien haben und ohne Fachwörter auskommen.",
    "Le client souhaite recevoir une version plus courte avant vendredi.",
    "请把下面这段话改写得更简洁一些。",
    "次の文章をもう少し丁寧な表現に直してください。",
    "The export has 14 columns and about 3,200 rows, most of them from last year.",
    "Our team of 12 shipped release 4.18 with 37 fixes in 6 days.",
    "def total(rows): return sum(row.amount for row in rows if row.open)",
    "Figures are rounded to the nearest thousand; see page 17 for the method.",
    "Translate the notice below into plain English and keep the headings.",
    "Thanks for the quick turnaround, the board liked the new layout.",
)

OTHER_LEADS: tuple[str, ...] = (
    "Here it is: ",
    "See ",
    "He sent ",
    "Use ",
    "As discussed, ",
    "From the form: ",
    "- ",
    "",
)

LEADS: Mapping[str, tuple[str, ...]] = {
    "card": ("Card number: ", "credit card ", "kartu kredit ", "Kad kredit: ", "Kreditkarte: ", "บัตรเครดิต ", "Visa "),
    "iban": ("IBAN: ", "Bank account ", "Kontonummer ", "Pay to IBAN "),
    "us_ssn": ("SSN ", "Social security number: ", "ssn="),
    "uk_nino": ("NI number ", "National Insurance number: ", "NINO "),
    "sg_nric": ("NRIC ", "FIN: ", "NRIC/FIN no. "),
    "my_nric": ("MyKad ", "No. K/P: ", "IC number ", "kad pengenalan "),
    "id_nik": ("NIK ", "No. KTP: ", "Nomor Induk Kependudukan ", "e-KTP "),
    "th_id": ("Thai ID ", "เลขประจำตัวประชาชน ", "เลขบัตรประชาชน: ", "citizen ID "),
    "vn_cccd": ("CCCD ", "số căn cước công dân: ", "căn cước ", "CCCD số "),
    "ph_philsys": ("PhilSys number ", "PCN: ", "National ID (PhilID) ", "PhilSys Card Number "),
    "ph_tin": ("TIN ", "TIN: ", "BIR TIN no. ", "Taxpayer identification number "),
    "email": ("E-mail: ", "write to ", "mail "),
    "phone": ("Phone ", "Tel: ", "call ", "HP: ", "โทร "),
    "password_assignment": ("Config: ", "login with ", ""),
    "connection_string": ("DSN ", "connect to ", "DATABASE_URL="),
    "jwt": ("token ", "Authorization: Bearer "),
    "private_key": ("key:\n", "The file says\n"),
    "aws_key": ("aws_access_key_id = ", "AWS key "),
    "github_token": ("GITHUB_TOKEN=", "token "),
    "openai_key": ("OPENAI_API_KEY=", "key "),
    "anthropic_key": ("ANTHROPIC_API_KEY=", "key "),
    "google_api_key": ("key=", "Maps key "),
    "slack_token": ("SLACK_TOKEN=", "bot token "),
    "stripe_key": ("STRIPE_KEY=", "stripe "),
}
"""What stands before an identifier where it is named, by kind."""
