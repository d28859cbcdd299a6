"""What Exchange Online, and so NHSmail, writes above a mail that comes in from elsewhere. All made up."""

INSIDE = (
    "Received: from LO2GBR01CA001.GBRP265.PROD.OUTLOOK.COM (2603:10a6::1) by"
    " CW1P265MB0001.GBRP265.PROD.OUTLOOK.COM (2603:10a6::2) with HTTPS; Mon, 1 Mar 2027 10:15:09 +0000"
)
ACROSS = (
    "Received: from LO1GBR01FT001.eop-gbr01.prod.protection.outlook.com (2603:10a6::3) by"
    " LO2GBR01CA001.outlook.office365.com.prod.outlook.com (2603:10a6::1) with SMTP;"
    " Mon, 1 Mar 2027 10:15:08 +0000"
)
CHECKED = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.9) smtp.mailfrom=family.example;"
    " dkim=pass (signature was verified) header.d=family.example;"
    "dmarc=pass action=none header.from=family.example;compauth=pass reason=100"
)
AT_THE_DOOR = (
    "Received: from mail.family.example (192.0.2.9) by LO1GBR01FT001.mail.protection.outlook.com (10.152.0.1)"
    " with Microsoft SMTP Server; Mon, 1 Mar 2027 10:15:07 +0000"
)
SENDERS = "Received: from [192.0.2.77] by mail.family.example; Mon, 1 Mar 2027 10:15:00 +0000"
AS_IT_COMES = (INSIDE, ACROSS, CHECKED, AT_THE_DOOR, SENDERS)
FAILED = CHECKED.replace("dmarc=pass", "dmarc=fail")
ELSEWHERE = ACROSS.replace("LO2GBR01CA001.outlook.office365.com.prod.outlook.com", "mx.evil.example")
