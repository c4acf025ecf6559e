"""What `station --help` teaches: the work of a keying station, in Chinese first."""

OVERVIEW = """\
婚姻档案补录工作站：在封闭的电脑上打开工作包、录入、回传、销毁。
A keying station: opens work packages on a closed machine, takes entries, returns and
destroys them. Needs no network, no OCR, no database server.
"""

LESSON = """\
一次完整的工作 · a whole job
  station init --name 录入公司一号机          建立本机身份；把 card.json 交给档案馆
                                             make this station's identity; hand card.json over
  station trust archive-card.json            登记档案馆名片（先通过电话核对指纹）
                                             trust the archive (compare fingerprints by voice)
  station enrol 本机.enrolment.json          收下档案馆的工位登记，否则不能打开工作包
                                             keep the archive's enrolment; without it nothing opens
  station sign A1.json --out A1.signed.json  阅读保密协议；核对摘要后加 --accept 摘要 签署
                                             read the agreement; compare its digest with the
                                             archive, then add --accept DIGEST to sign
  station open P-0001.sealed                 打开工作包 · take in a work package
  station items P-0001 --json                列出条目：录什么 · what is to be keyed
  station key P-0001 --answers a.jsonl       录入；每行 {"item_id": …, "text": …, "mark": "ok"}
                                             可分多次，已确认的不会丢失
                                             entries, in any number of runs; none is ever lost
  station submit P-0001 --out outbox         加密回传给档案馆 · seal the entries for the archive
  station destroy P-0001                     删除内容并出具签名的销毁证明
                                             delete the content, sign a record of it

标记 · marks: ok 看清 | unsure 存疑 | empty 空 | illegible 不可辨认 (□ = 一个看不清的字 · one
illegible character)

口令 · passphrase: 在终端输入，或 --passphrase-file FILE（权限 0600）。
目录 · home: --home DIR 或环境变量 STATION_HOME · or the variable STATION_HOME.

退出码 · exit status: 0 完成 done · 1 内部故障 internal fault · 2 用法错误 wrong usage ·
3 完成但部分答案被退回 done, some answers were sent back · 4 文件损坏或无法解读 damaged or
undecipherable · 6 另一进程正在使用 in use · 7 保密规则不允许（过期、重放、非本机、已销毁）
refused by a confidentiality rule
"""

COMMANDS = {
    "init": "建立本机身份 · make this station's identity",
    "trust": "登记档案馆名片 · trust an archive's card",
    "succeed": "接受档案馆新名片 · accept an archive's new card, on its old one's word",
    "enrol": "收下工位登记 · keep the archive's enrolment of this station",
    "sign": "阅读并签署保密协议 · read an agreement, and sign it",
    "open": "打开工作包 · take in a sealed work package",
    "list": "列出工作包 · list the packages",
    "status": "查看进度 · progress of one package, or of all",
    "items": "列出条目 · list what is to be keyed",
    "key": "录入 · take entries from a file",
    "submit": "回传 · seal the entries for the archive",
    "destroy": "销毁并出具证明 · destroy the content and sign a record of it",
}
