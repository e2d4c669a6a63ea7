# 衡南土枇杷溯源 · Loquat Trace. `make run` and `make test` need only python3 (>= 3.11), make and git.
PY := .venv/bin/python
FLASK := $(PY) -m flask --app wsgi
CODE := $(wildcard trace tests bench migrations wsgi.py deploy docs/*.py)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo test check fmt bench migrate migration check-data docs vendor

help: ## 列出全部命令 / list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## 安装运行所需 / virtual environment, libraries
	@sh deploy/setup.sh run

setup-test: ## 安装测试所需 / what the tests need besides
	@sh deploy/setup.sh test

run: setup ## 建库、空库装演示县、启动 http://127.0.0.1:8000 / migrate, demo on an empty database, serve
	@$(FLASK) db upgrade
	@$(FLASK) demo load --if-empty
	@exec $(PY) -m trace.serve

demo: setup ## 向空库装入演示县 / load the demo county into an empty database
	@$(FLASK) db upgrade
	@$(FLASK) demo load

test: setup-test ## 全部测试，两种数据库加浏览器 / the whole suite, both engines, real browser
	@$(PY) -m pytest -n 2 --dist loadgroup

check: setup-test ## 格式、静态检查、分层约束、类型、测试与覆盖率 / everything CI demands
	@$(PY) -m ruff format --check $(CODE)
	@$(PY) -m ruff check $(CODE)
	@.venv/bin/lint-imports --no-cache
	@$(PY) -m mypy trace
	@$(PY) -m djlint templates --lint --quiet
	@$(PY) -m bandit -q -c pyproject.toml -r trace -ll
	@$(PY) -m coverage erase
	@$(PY) -m coverage run -m pytest -n 2 --dist loadgroup
	@$(PY) -m coverage combine -q
	@$(PY) -m coverage report --skip-covered

fmt: setup-test ## 统一格式 / format the code
	@$(PY) -m ruff format $(CODE)
	@$(PY) -m ruff check --fix $(CODE)

bench: ## 全部基准，结果为比值 / every benchmark, as ratios
	@sh deploy/setup.sh bench
	@$(PY) -m bench

migrate: setup ## 升级数据库 / apply migrations
	@$(FLASK) db upgrade

migration: setup ## 由模型生成迁移 SQL：make migration NAME=0009_x MODULES="trace.x.models" / write migration SQL from models
	@$(PY) -m trace.db.ddl $(NAME) $(MODULES)

check-data: setup ## 核对全部不变量 / run every invariant
	@$(FLASK) check-data

docs: ## 重新截图 / take the screenshots of the guides again
	@sh deploy/setup.sh docs
	@$(PY) docs/screenshots.py

vendor: setup-test ## 更新随附的前端文件与字体（维护者用，需 Node）/ refresh vendored files and fonts, needs Node
	@sh deploy/vendor.sh
