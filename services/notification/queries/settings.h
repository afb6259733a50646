// The rules and templates in force: the county's own over the built-in ones.
#pragma once

#include "lianmeng/notification/v1/notification_service.pb.h"
#include "notification/domain/tables.h"
#include "platform/base/error.h"
#include "platform/base/ids.h"
#include "platform/runtime/command.h"

namespace lianmeng::notification {

Status list_rules(const runtime::QueryContext& context, const Actor& actor,
                  const v1::ListRulesRequest& request, v1::ListRulesResponse* response);
Status list_templates(const runtime::QueryContext& context, const Actor& actor,
                      const v1::ListTemplatesRequest& request, v1::ListTemplatesResponse* response);
Status preview_template(const runtime::QueryContext& context, const Actor& actor,
                        const v1::PreviewTemplateRequest& request,
                        v1::PreviewTemplateResponse* response);

// False when there is no such rule or template (any more).
bool fill_rule(const state::View& view, const CountyId& county, std::string_view rule_id,
               v1::Rule* rule);
bool fill_template(const state::View& view, const CountyId& county, std::string_view template_key,
                   v1::Template* out);

}  // namespace lianmeng::notification
