# Needs only make and Python 3.11 or newer.  Everything goes into .venv; on Debian as root `make test` also installs
# Debian's LibreOffice (OFFICE=0: it does not), Wine (WINE=0) and, where it is missing, python3-venv.

BIN    := .venv/bin
OUT    ?= demo-output
RELEASE ?= release
OFFICE ?= 1
WINE   ?= 1
export OFFICE WINE
# Any Python will do to start with: tests/tools/environment.py looks for the right one.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
SETUP  := $(PYTHON) tests/tools/environment.py

.PHONY: help test test-all windows release demo lint bench fuzz docs addin pictures clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    示例公司：体检、季度评审、工资表，结果在 $(OUT)/"
	@echo "             （POLICY=编号：那份制度的示例工作簿和结果，编号见 xl-kpi policies）"
	@echo "make test    ruff、mypy、pytest、五百个损坏的工作簿、十次强行中断，并在空环境里试装 wheel"
	@echo "             （OFFICE=0：不用 LibreOffice；VALIDATOR=0：不用微软的检查程序；WINE=0：不用 Wine）"
	@echo "make test-all  同上，并在 LibreOffice 里重算每一份制度每一种结果的公式（make test 只算几份）"
	@echo "make windows 只跑 Windows 的测试：真正的 Windows Python，在 Wine 里"
	@echo "make release 发布用的文件夹 $(RELEASE)/：安装.bat、离线用的 wheel、加载项、校验和"
	@echo "             （EMBEDDABLE=python.org 的 64 位 embeddable zip：Python 也带上，电脑上什么都不用先装）"
	@echo "make lint    只跑 ruff 和 mypy"
	@echo "make bench   速度与目标比较"
	@echo "make fuzz    一万个损坏的工作簿：不报堆栈、不卡死；写工作簿时杀掉一百次：不丢数据"
	@echo "make pictures  重画 README 里的图（要 LibreOffice）"
	@echo "make docs    由函数的帮助生成 docs/functions.md，由测试的表生成 docs/hands.md，由代码和制度生成 docs/messages.md、docs/policies.md"
	@echo "make addin   由 VBA、函数和按钮生成加载项 xl_kpi/addin/xl-kpi.xlam"
	@echo "make clean   删除 .venv 和一切生成物"

demo:
	@$(SETUP) $(if $(POLICY),dev,run)
	@$(if $(POLICY),$(BIN)/python tests/tools/demo_book.py "$(POLICY)",$(BIN)/xl-kpi demo) "$(OUT)"

test:
	@$(SETUP) office wine dev validator
	@$(BIN)/python tests/tools/run_tests.py

test-all:
	@ALL=1 $(MAKE) --no-print-directory test

windows:
	@$(SETUP) wine dev
	$(BIN)/python -m pytest -q tests/windows

release:
	@$(SETUP) dev
	$(BIN)/python -m tests.tools.release $(RELEASE) $(EMBEDDABLE)

lint:
	@$(SETUP) dev
	$(BIN)/ruff check .
	$(BIN)/mypy

bench:
	@$(SETUP) wine dev
	$(BIN)/python -m tests.bench

fuzz:
	@$(SETUP) dev
	$(BIN)/python -m tests.fuzz
	$(BIN)/python -m tests.kills

pictures:
	@$(SETUP) office dev
	$(BIN)/python -m tests.tools.pictures

addin:
	@$(SETUP) dev
	@$(BIN)/xl-kpi addin build -o xl_kpi/addin/xl-kpi.xlam

docs:
	@$(SETUP) dev
	@$(BIN)/python tests/tools/functions_doc.py
	@$(BIN)/python tests/tools/hands_doc.py
	@$(BIN)/python tests/tools/messages_doc.py
	@$(BIN)/python tests/tools/policies_doc.py

clean:
	rm -rf .venv build dist demo-output release *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
