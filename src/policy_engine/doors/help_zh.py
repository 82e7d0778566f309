"""The help texts of the command line in Chinese, each under its English words; a test asks for those that lack."""

from __future__ import annotations

from typing import Final

METAVARS: Final = {
    "FILE": "文件", "DIR": "文件夹", "FILE…": "文件…", "DATE": "日期", "NAME=VALUE": "名称=值", "Q=NAME": "问题=读法", "PATH…": "路径…", "[PATH]…": "[路径]…",
    "[DECISION…]": "[决定…]", "TABLE": "表格", "OUT": "结果文件", "LIST=TABLE": "清单=表格", "HEADER": "列名", "KIND": "事项类别", "COLUMN": "列名",
    "host": "地址", "port": "端口", "workers": "进程数", "seconds": "秒", "LOG": "日志", "NAME": "名称", "N": "编号", "N…": "编号…", "KIND|DECISION": "种类|决定", "NUMBER": "文号", "LOCATOR": "条款位置", "RULES": "规则文件夹", "OLD": "原版本", "NEW": "新版本",
    "decision": "决定", "procedure": "程序", "events": "事件", "file": "文件", "folder": "文件夹", "paths": "路径", "table": "表格",
    "rules": "文件夹", "procedures": "文件夹", "scenarios": "文件夹", "member": "姓名", "unit": "单位", "sheet": "工作表",
    "engine": "引擎", "encoding": "编码", "only": "列",
}  # fmt: skip

HELP: Final = {
    # commands
    "The rules of a gazette as executable, cited checks. 公报条款的可执行核验。": "公报规定的可执行核验，凡结论必有出处。",
    "Exit codes: 0 compliant or not applicable, 1 non-compliant, 2 unusable input, 3 undetermined.": (
        "退出码：0 合规、未到期或不适用，1 不合规，2 输入无法使用，3 无法判定。"
    ),
    "List the decisions and the procedures.": "列出可以判定的决定和可以跟踪的程序。",
    "Show a decision: inputs, register, provisions, readings; or a procedure.": (
        "显示一项决定的输入、登记表、条款和读法；或者一个程序。"
    ),
    "Decide one case.": "判定一个案例。",
    "Decide many cases and write one compliance report.": "判定多个案例，写成一份合规报告。",
    "Write the rule book as static pages with search, for any web server.": "把规则手册写成可搜索的静态网页，任何网络服务器都可提供。",
    "The folder of the pages; an earlier book in it is replaced.": "网页所在的文件夹；其中原有的手册被替换。",
    "Run scenarios and show what differs.": "运行情景，显示不一致之处。",
    "Warn about rules that are valid but poor.": "对可用但欠妥的规则提出提醒。",
    "Print the JSON Schema of rule, case, document or procedure files, of answers, or of the facts of a decision.": (
        "输出规则、案例、文件清单或程序文件的 JSON Schema，或答复的，或一项决定所需事实的。"
    ),
    "Ask for the facts of a case, the decisive ones first, and decide it.": "逐项询问一个案例的事实，最关键的先问，然后判定。",
    "An answer may be ? (why it is asked), - (not known), < (back), NAME=VALUE (another answer), . (finish).": (
        "回答可以是：?（为何询问）、-（不清楚）、<（退回）、名称=值（填写另一项）、.（结束）。"
    ),
    "Show what accounts for each number of a source text.": "核对原文中的每个数字由哪一条规则或排除说明负责。",
    "Find what can never be, what makes no difference and what is left open, with a case.": (
        "对规则作出证明：何者不可能发生、何者毫无影响、何者未作规定，并附案例。"
    ),
    "Show what changed between two versions of rules, proved, with cases.": "显示两个版本的规则之间有何变化，均经证明，并附案例。",
    "Exit codes: 0 nothing, 1 something, 2 unusable input.": "退出码：0 无变化，1 有变化，2 输入无法使用。",
    "A folder of rules, or a revision of git: REV, REV:FOLDER.": "规则文件夹，或 `git` 的版本：版本号，或 版本号:文件夹。",
    "Such another.": "另一版本，写法相同。",
    "Real cases of the one decision that is named: how many change, from what to what.": "写明一项决定的真实案例表：有多少案例的结论改变，由何变为何。",
    "Find the exact values of one fact that keep a decision.": "求出使一项决定合规的某项事实的精确取值范围。",
    "Show which outcome each value of one fact has.": "显示某项事实取各值时的结论。",
    "Decide a table of cases.": "判定一张表格中的全部案例。",
    "Draft a rule, its scenarios and exclusions from a document, with TODO marks for what you decide.": (
        "由一份文件起草规则、情景和排除说明，须由您决定之处标记 TODO。"
    ),
    "Findings by period and member over dated entries.": "对带日期的登记事项，按期间、按人得出结论。",
    "Write a blank table: headers, drop-downs, units, a note per column with the clause, an example row.": (
        "生成一张空表：列名、下拉选项、单位、每列附条文批注、示例行。"
    ),
    "Follow cases as events arrive: order, deadlines, consequences.": "随事件跟踪案件：次序、期限、后果。",
    "Pages, characters as Word counts them, and the layout beside GB/T 9704.": "文件的页数、按 Word 口径统计的字数，以及与 GB/T 9704 的版式对照。",
    "Let LibreOffice lay the document out, for the pages a file does not record.": "由 LibreOffice 排版，得出文件未记录的页数。",
    "A document whose pages and characters are facts: .docx, .pdf, .txt, .md.": "以该文件的页数、字数为事实：.docx、.pdf、.txt、.md。",
    "A document: .docx, .pdf, .txt or .md.": "文件：.docx、.pdf、.txt 或 .md。",
    "Set variants of a case side by side, what differs first.": "将一个案例的几种方案并列比较，不同之处在前。",
    "Read rules that others wrote. 导入他处的规则。": "导入他处写成的规则。",
    "Read RuleSpec modules and their cases.": "导入 RuleSpec 模块及其案例。",
    "A decision for each module; its cases go to `scenarios` beside RULES, what cannot be said to `not-imported.tsv` there.": (
        "每个模块成为一项决定；案例写入规则文件夹旁的 `scenarios`，无法表达的写入该处的 `not-imported.tsv`。"
    ),
    "Read the decision tables of a DMN model.": "导入 DMN 模型中的决策表。",
    "Read a table that is looked up, its last column the result.": "导入一张对照表，最后一列为结果。",
    "A cell is a value, a test (`<= 36000`, `[1..5]`, `1, 2`) or empty for anything.": (
        "单元格可为一个值、一项条件（`<= 36000`、`[1..5]`、`1, 2`），留空表示任意。"
    ),
    # arguments and options
    "The greatest value of this input that keeps the decision.": "求使该决定合规的这项输入的最大值。",
    "The least value of this input that keeps the decision.": "求使该决定合规的这项输入的最小值。",
    "What would mend each finding: one fact, or two at once where none does.": (
        "各项结论如何整改：变更一项事实；任何一项都不行的，同时变更两项。"
    ),
    "The input whose values are asked for.": "求其取值的输入。",
    "Anything that can never be, or makes no difference, exits with 1.": "凡有不可能发生或毫无影响者，退出码为 1。",
    "Instead write the fewest scenarios that reach every status and both sides of every bound.": (
        "改为写出最少的情景，使每种状态和每个界限的两侧都有情景达到。"
    ),
    "A decision, or watch:PROCEDURE.": "一项决定，或 watch:程序。",
    "Case files, or folders of them.": "案例文件，或存放案例文件的文件夹。",
    "Scenario files or folders.": "情景文件或文件夹。",
    "A kind of file or answer (rule, case, documents, procedure, answer, report, comparison, event), or a decision for its facts.": (
        "文件或答复的种类（rule、case、documents、procedure、answer、report、comparison、event），或一项决定（输出其所需事实）。"
    ),
    "Cases, one a row: .xlsx, .xls, .ods, .csv, .tsv, .jsonl, .parquet, - for lines of JSON, or DATABASE-URL#table.": (
        "案例，每行一个：.xlsx、.xls、.ods、.csv、.tsv、.jsonl、.parquet；- 表示逐行 JSON；或 数据库地址#表名。"
    ),
    "Dated entries, one a row: .xlsx, .xls, .ods, .csv, .tsv, .jsonl, .parquet, - for lines of JSON, or DATABASE-URL#table.": (
        "带日期的登记事项，每行一条：.xlsx、.xls、.ods、.csv、.tsv、.jsonl、.parquet；- 表示逐行 JSON；或 数据库地址#表名。"
    ),
    "The procedure, such as party-group.meeting.": "程序，如 party-group.meeting。",
    "Events, a JSON object a line, - for standard input; or a table: .xlsx, .xls, .ods, .csv, .tsv.": (
        "事件，每行一个 JSON 对象，- 表示标准输入；或一张表格：.xlsx、.xls、.ods、.csv、.tsv。"
    ),
    "Another tree of rules.": "另一套规则所在的文件夹。",
    "Another tree of procedures.": "另一套程序所在的文件夹。",
    "Language of messages and reports.": "信息和报告的语言：zh 中文，en 英文。",
    "Format of the answer on standard output.": "标准输出的格式。",
    "Format of the results.": "结果的格式。",
    "Format of the warnings.": "提醒的格式。",
    "Format of the answers: json unless said, with -o text.": "答复的格式；不写时为 json，写 -o 时为 text。",
    "Show the Python it is made into, as of today, where all inputs are given.": (
        "显示由它生成的 Python 代码（以今天为准，假定输入齐全）。"
    ),
    "Facts as YAML or JSON; - reads standard input.": "事实，YAML 或 JSON 文件；- 表示标准输入。",
    "What is known already, as YAML or JSON.": "已知的事实，YAML 或 JSON 文件。",
    "One fact; repeatable, wins over the file.": "一项事实；可重复使用，优先于文件。",
    "A fact of all periods; repeatable.": "各期间共同的一项事实；可重复使用。",
    "Keep the facts as YAML; else they are shown.": "将事实存为 YAML 文件；不写则显示出来。",
    "Decide as of this date.": "以该日有效的规定判定。",
    "Another default for an open question; repeatable.": "对文本未明确的问题另选一种读法；可重复使用。",
    "What silence is taken to mean: what the rules say, or nothing at all.": (
        "未填写的如何看待：all 按规则推定，none 一概不作推定。"
    ),
    "Departures and missed targets exit with 1.": "有偏离或未达标的，退出码也为 1。",
    "Also write to a file, in the format of its ending, or FORMAT:FILE; repeatable.": (
        "同时写入文件，格式由文件名后缀决定，也可写作 格式:文件；可重复使用。"
    ),
    "Show which statuses and bounds no scenario exercises.": "显示没有情景覆盖的状态和界限。",
    "Change each rule in small ways; show the changes nobody notices.": "对每条规则作细小改动，显示无人察觉的改动。",
    "The scenarios that prove the rules.": "证明规则的情景。",
    "The text of the gazette.": "公报原文（文本文件）。",
    "The document's number.": "文件的文号。",
    "One clause of it, as it is printed; else all.": "其中一条，按原文写法；不写则为全文。",
    "Results: .xlsx, .csv, .jsonl, .parquet, on paper .html, .docx, .pdf, .md, or #table.": (
        "结果：.xlsx、.csv、.jsonl、.parquet，成文 .html、.docx、.pdf、.md，或 #表名。"
    ),
    "Findings: .xlsx, .csv, .jsonl, .parquet, on paper .html, .docx, .pdf, .md, or #table.": (
        "结论：.xlsx、.csv、.jsonl、.parquet，成文 .html、.docx、.pdf、.md，或 #表名。"
    ),
    "At the end also on paper: .html, .docx, .pdf or .md.": "结束时同时成文：.html、.docx、.pdf 或 .md。",
    "An office's own form, for results in .docx.": "本单位的公文模板，用于 .docx 结果。",
    "Rejected rows, as CSV.": "拒收的行，写为 CSV。",
    "Run there: duckdb, polars, postgres or spark.": "在该引擎中运行：duckdb、polars、postgres 或 spark。",
    "Show what the engine is sent, decide nothing.": "只显示发给引擎的语句，不作判定。",
    "Beside the outcome only these: status, contested, value, assumes; row by row the other parts too; repeatable.": (
        "除结论外只写这些列：status、contested、value、assumes；逐行判定时其他各项也可；可重复使用。"
    ),
    "With an engine: the word, its code (0 not applicable, 2 pending, 3 satisfied, 4 departed or missed, 5 undetermined, "
    "6 violated) or a flag (true satisfied, false not, else nothing).": (
        "使用引擎时，各项结论写为文字（text）、代码（code：0 不适用、2 未到期、3 符合、4 偏离或未达标、5 无法判定、6 违反）"
        "或是非（flags：符合为真，不符合为假，其余留空）。"
    ),
    "The rows of a list: a table, #SHEET or FILE#SHEET; repeatable.": (
        "清单的各行所在：一张表格、#工作表 或 文件#工作表；可重复使用。"
    ),
    "What says whose a row of a list is.": "说明清单的一行属于哪个案例的列。",
    "What a case without rows there has.": "清单中没有行的案例如何看待：unknown 未知，none 没有。",
    "YAML: header of the table to the name it stands for.": "YAML 文件：表格的列名对应哪一项输入。",
    "Of numbers that have none of their own, such as 万元.": "未带单位的数字的单位，如 万元。",
    "Of .csv and .jsonl, such as gb18030.": ".csv 和 .jsonl 的编码，如 gb18030。",
    "The sheet of a workbook.": "工作簿中的工作表。",
    "First day; earlier entries count in running totals only.": "首日；此前的登记只计入累计数。",
    "Last day. A period that is not over by then is unfinished.": "末日；到该日尚未结束的期间为未完结。",
    "Somebody who owes findings even without entries; repeatable.": "没有登记也应有结论的人员；可重复使用。",
    "Such people: a name a line, or a table with a column of them.": "上述人员的名单：每行一个姓名，或有姓名一列的表格。",
    "A kind of entry that the register does not know and that does not count; repeatable.": (
        "登记表中没有、也不计入的事项类别；可重复使用。"
    ),
    "Of an entry list its own row alone, not all before it that count with it; engines always do.": (
        "逐条的结论只列该条所在的行，不列此前一并计入的各行；引擎一向如此。"
    ),
    "With an engine: what orders entries of one day.": "使用引擎时：决定同日登记先后的列。",
    "The blank workbook, .xlsx.": "空表，.xlsx 文件。",
    "For the entries of the decision's register.": "按该决定的登记表生成。",
    "Keep events and results; a restart goes on.": "保存事件和结果的文件；重新启动后可接续。",
    "At the end, what was due by this day?": "最后再看：到该日为止哪些期限已到？",
    "The folder of rules to write.": "写入规则的文件夹。",
    "Print the version.": "显示版本。",
    "Install completion for the current shell.": "为当前命令行安装自动补全。",
    "Show completion for the current shell, to copy it or customize the installation.": "显示自动补全脚本，供复制或自行安装。",
    "Show this message and exit.": "显示本说明。",
    "A variant each: a case file, or with --decision facts as YAML or JSON.": (
        "每个文件一种方案：案例文件；写明 --decision 的，可为 YAML 或 JSON 事实文件。"
    ),
    "What the facts are for, where the files do not say.": "文件中未写明时，事实所属的决定。",
    "One variant more: the first file with another value of a fact; repeatable.": "另加一种方案：第一个文件改动一项事实；可重复使用。",
    # the log of decisions
    "Append what is decided to this log (policy log).": "将判定记入此日志（用 policy log 建立）。",
    "Record salted hashes of facts and answer, which can be erased later.": "事实和结论以加盐散列记入，日后可以清除。",
    "The private key of the log.": "日志的私钥文件。",
    "The folder of a log.": "日志所在的文件夹。",
    "The folder of a log, or a receipt.": "日志所在的文件夹，或一份凭证。",
    "Begin a log of this name, such as lhasa.example/finance.": "以此名称建立日志，如 `lhasa.example/finance`。",
    "Begin a log of decisions, or show its public key and its checkpoint.": "建立判定日志，或显示其公钥和检查点。",
    "The number of the entry.": "条目的编号。",
    "The file.": "写入的文件。",
    "Write the proof that an entry is in the log, one file for a stranger.": "写出条目确在日志中的凭证，一个文件，供他人核验。",
    "The numbers of entries recorded with --commit.": "以 --commit 记入的条目的编号。",
    "Erase facts and answer of entries; their place in the log stays.": "清除条目的事实和结论，其在日志中的位置保留。",
    "The public key of the log, as you kept it: a file, or the key.": "您另行保存的日志公钥：文件，或公钥本身。",
    "A checkpoint you kept elsewhere; repeatable.": "您另行保存的检查点；可重复使用。",
    "Check tree and signature, decide nothing again.": "只核验散列树和签名，不重新判定。",
    "Check a log, or a receipt: signature, tree, order, rules; and decide each entry again.": (
        "核验日志或凭证：签名、散列树、次序、规则，并逐条重新判定。"
    ),
    "Exit codes: 0 whole, 1 something is wrong, 2 unusable input.": "退出码：0 完好，1 有问题，2 输入无法使用。",
    "Answer a language model on standard input and output (Model Context Protocol).": "在标准输入输出上回答语言模型（`Model Context Protocol`）。",
    "Its tools list, show, decide, say what would mend, and cite; they change nothing and guess nothing.": (
        "提供列出、显示、判定、整改、引证等工具，只读，不作猜测。"
    ),
    "The text of the gazette, to be shown with what accounts for it.": "公报原文，连同其核对一并显示。",
    "Answer over HTTP: pages for people, JSON for programs.": "通过 `HTTP` 回答：供人使用的网页，供程序使用的 JSON。",
    "Where to listen; elsewhere than on this machine a token is needed.": "监听的地址；不限于本机时须有令牌。",
    "The port.": "端口。",
    "A file with the token that requests must bear.": "存有令牌的文件，请求须带此令牌。",
    "Processes that decide.": "判定所用的进程数。",
    "How long a decision may take.": "一次判定最多用时（秒）。",
    # an example that a reader of Chinese would type otherwise
    "policy check fund.investment --set kind=subfund --set fund_total=15亿元 --set amount=2.4亿元": (
        "policy check fund.investment --set 投资方式=子基金 --set 母基金总规模=15亿元 --set 累计投资额=2.4亿元"
    ),
    # what holds where nothing is said
    "the shipped rules": "自带规则", "by locale": "按系统语言", "today": "今天", "by the table": "按表格而定",
    "the one header that both have": "两表共有的列", "as the sheet notes": "按表中所注", "as it is found to be": "自动识别", "the one that has cases": "有案例的一张",
    "one for each core": "每核一个", "--as-of": "同 --as-of", "row number of a file": "文件的行号", "LOG.key": "日志名加 .key", "N.tlog-proof": "编号加 .tlog-proof", "scenarios/": "scenarios/",
}  # fmt: skip
